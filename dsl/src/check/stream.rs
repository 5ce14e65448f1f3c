//! Rules about streams, keys and depths: what the topics are made of.

pub mod ascii;
pub mod depth_order;
pub mod key_field;
pub mod key_type;
pub mod reader_of;
pub mod settings;
pub mod stream_event;
pub mod stream_view;
pub mod topic_name;
pub mod topic_twice;
