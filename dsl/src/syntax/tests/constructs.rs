//! Every construct, and what it becomes.
