//! Reads collectors by scraping them directly.
