//! SQLite store, in-process cache and lock of the Phoenix experiment controller.
