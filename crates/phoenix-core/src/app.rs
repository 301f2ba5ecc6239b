//! Use-cases over the ports. No spawning, no sleeping, no adapter.
