//! The Phoenix experiment controller: composition root, APIs, configuration.
