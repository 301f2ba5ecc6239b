//! Runs collectors as supervised processes on this host.
