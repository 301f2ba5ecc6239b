//! The use-cases over the fakes: whole experiments, second by second, with everything that may go wrong on the way.

mod cleanup;
mod commands;
mod crashes;
mod creation;
mod deploying;
mod evidence;
mod initializing;
mod pauses;
mod queries;
mod replicas;
mod reports;
mod retention;
mod running;
mod verdicts;
mod world;
