//! Whether two sets of regular expressions have a name in common: a search through the product of two automata.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// How many steps may be spent on proofs for one document, so that no document keeps the controller busy. Common patterns need a few
/// hundred.
const STEPS: usize = 2_000_000;

/// What is left for proofs.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(STEPS)
    }
}

impl Budget {
    /// Takes steps away; false when there are not enough left.
    fn spend(&mut self, steps: usize) -> bool {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// The names that at least one of some expressions matches anywhere, as a nondeterministic automaton over characters.
#[derive(Debug)]
pub(super) struct Language {
    nodes: Vec<Node>,
    start: usize,
}

#[derive(Debug)]
enum Node {
    /// A match was found; whatever follows does not matter.
    Match,
    /// Goes on in several nodes at once.
    Split(Vec<usize>),
    /// Goes on at one end of the name only.
    Edge(Edge, usize),
    /// Takes one of these characters.
    Take(Vec<(char, char)>, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

/// The nodes at which an automaton may be, each with whether the end of the name was promised.
type States = BTreeSet<(usize, bool)>;

const MATCH: usize = 0;

impl Language {
    /// The names that one of the expressions matches. Other assertions than those of start and end count as true, which can only make
    /// the language larger and so never proves too much.
    pub(super) fn of(expressions: &[Hir]) -> Self {
        let mut language = Self { nodes: vec![Node::Match], start: MATCH };
        let entries = expressions
            .iter()
            .map(|hir| {
                let entry = language.add(hir, MATCH);
                let anchored = hir.properties().look_set_prefix().contains(Look::Start);
                if anchored { entry } else { language.anywhere(entry) }
            })
            .collect();
        language.start = language.push(Node::Split(entries));
        language
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Lets any characters precede the node.
    fn anywhere(&mut self, entry: usize) -> usize {
        let split = self.push(Node::Split(Vec::new()));
        let skip = self.push(Node::Take(vec![(char::MIN, char::MAX)], split));
        self.set(split, vec![entry, skip]);
        split
    }

    fn set(&mut self, split: usize, to: Vec<usize>) {
        if let Some(node) = self.nodes.get_mut(split) {
            *node = Node::Split(to);
        }
    }

    /// Adds the expression in front of the node `next`; its first node is returned.
    fn add(&mut self, hir: &Hir, next: usize) -> usize {
        match hir.kind() {
            HirKind::Literal(literal) => {
                let text = String::from_utf8_lossy(&literal.0);
                text.chars().rev().fold(next, |next, c| self.push(Node::Take(vec![(c, c)], next)))
            }
            HirKind::Class(class) => self.push(Node::Take(ranges(class), next)),
            HirKind::Look(Look::Start) => self.push(Node::Edge(Edge::Start, next)),
            HirKind::Look(Look::End) => self.push(Node::Edge(Edge::End, next)),
            HirKind::Empty | HirKind::Look(_) => next,
            HirKind::Repetition(repetition) => self.add_repetition(repetition, next),
            HirKind::Capture(capture) => self.add(&capture.sub, next),
            HirKind::Concat(parts) => parts.iter().rev().fold(next, |next, part| self.add(part, next)),
            HirKind::Alternation(branches) => {
                let entries = branches.iter().map(|branch| self.add(branch, next)).collect();
                self.push(Node::Split(entries))
            }
        }
    }

    fn add_repetition(&mut self, repetition: &Repetition, next: usize) -> usize {
        let mut entry = match repetition.max {
            None => {
                let again = self.push(Node::Split(Vec::new()));
                let body = self.add(&repetition.sub, again);
                self.set(again, vec![body, next]);
                again
            }
            Some(max) => (repetition.min..max).fold(next, |entry, _| {
                let body = self.add(&repetition.sub, entry);
                self.push(Node::Split(vec![body, next]))
            }),
        };
        for _ in 0..repetition.min {
            entry = self.add(&repetition.sub, entry);
        }
        entry
    }

    /// Everything that is reached without taking a character.
    fn closure(&self, mut open: Vec<(usize, bool)>, at_start: bool) -> States {
        let mut states = States::new();
        while let Some((node, ended)) = open.pop() {
            if !states.insert((node, ended)) {
                continue;
            }
            match self.nodes.get(node) {
                Some(Node::Split(nodes)) => open.extend(nodes.iter().map(|node| (*node, ended))),
                Some(Node::Edge(Edge::Start, next)) if at_start => open.push((*next, ended)),
                Some(Node::Edge(Edge::End, next)) => open.push((*next, true)),
                Some(Node::Edge(Edge::Start, _) | Node::Match | Node::Take(..)) | None => {}
            }
        }
        states
    }

    fn first(&self) -> States {
        self.closure(vec![(self.start, false)], true)
    }

    fn step(&self, states: &States, character: char) -> States {
        let taken = states.iter().filter(|(_, ended)| !ended).filter_map(|(node, _)| match self.nodes.get(*node)? {
            Node::Match => Some(MATCH),
            Node::Take(ranges, next) => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)).then_some(*next)
            }
            Node::Split(_) | Node::Edge(..) => None,
        });
        self.closure(taken.map(|node| (node, false)).collect(), false)
    }

    fn accepts(states: &States) -> bool {
        states.contains(&(MATCH, false)) || states.contains(&(MATCH, true))
    }

    /// One character of each stretch of characters that the automaton does not tell apart.
    fn characters(&self) -> BTreeSet<char> {
        let ranges = self.nodes.iter().flat_map(|node| match node {
            Node::Take(ranges, _) => ranges.as_slice(),
            Node::Match | Node::Split(_) | Node::Edge(..) => &[],
        });
        ranges.flat_map(|(low, high)| [Some(*low), after(*high)]).flatten().chain([char::MIN]).collect()
    }
}

/// True when it is proven that no name belongs to both languages; false when one does or the budget does not suffice.
pub(super) fn disjoint(one: &Language, other: &Language, budget: &mut Budget) -> bool {
    let characters: BTreeSet<char> = one.characters().union(&other.characters()).copied().collect();
    let mut seen: BTreeSet<(States, States)> = BTreeSet::new();
    let mut open = vec![(one.first(), other.first())];
    while let Some(pair) = open.pop() {
        if pair.0.is_empty() || pair.1.is_empty() || seen.contains(&pair) {
            continue;
        }
        if Language::accepts(&pair.0) && Language::accepts(&pair.1) {
            return false;
        }
        for character in &characters {
            let ours = one.step(&pair.0, *character);
            // Most characters end the first automaton, which spares the step of the second.
            let theirs = if ours.is_empty() { States::new() } else { other.step(&pair.1, *character) };
            if !budget.spend(pair.0.len() + theirs.len()) {
                return false;
            }
            open.push((ours, theirs));
        }
        seen.insert(pair);
    }
    true
}

fn ranges(class: &Class) -> Vec<(char, char)> {
    match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    }
}

fn after(character: char) -> Option<char> {
    let next = u32::from(character).checked_add(1)?;
    // The code points of surrogates are no characters.
    char::from_u32(if next == 0xD800 { 0xE000 } else { next })
}
