//! Numbers from a seed. `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.

/// A sequence of numbers that its seed alone determines.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not zero.
    pub(super) const fn below(&mut self, end: u32) -> u32 {
        // The bias is below one in 2^32.
        (((self.next() >> 32) * end as u64) >> 32) as u32
    }

    /// A number in `[from, to)`.
    pub(super) const fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from)
    }

    /// True in so many of a hundred cases.
    pub(super) const fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub(super) fn of_all<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let number = u32::try_from(all.len()).ok().filter(|length| *length > 0).map(|length| self.below(length));
        number.and_then(|number| all.get(usize::try_from(number).ok()?)).copied()
    }
}
