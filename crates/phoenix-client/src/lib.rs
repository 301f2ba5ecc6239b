//! Typed client of the Phoenix experiment controller.
