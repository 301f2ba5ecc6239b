//! The committed document about the state machine is what the code says.

#[path = "../examples/transition_table.rs"]
#[expect(dead_code, reason = "the example's main prints what is compared here")]
mod transition_table;

const COMMITTED: &str = include_str!("../../../docs/state-machine.md");

#[test]
fn the_committed_table_is_the_generated_one() {
    assert_eq!(COMMITTED, transition_table::document(), "run `cargo xtask codegen` and commit what it changes");
}
