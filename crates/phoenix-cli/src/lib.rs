//! phoenixctl, the command line of the Phoenix experiment controller.
