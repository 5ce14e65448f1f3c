//! Rules about captures: a row becomes an event and nothing is lost on the way.

pub mod change;
pub mod column_fits;
pub mod no_table;
pub mod nullable_column;
pub mod one_context;
pub mod primary_key;
pub mod row_image;
pub mod schema_alter;
pub mod schema_missing;
pub mod schema_syntax;
pub mod source_kind;
pub mod source_settings;
pub mod table_key;
pub mod unknown_column;
pub mod unknown_source;
pub mod unmapped;
pub mod unused_table;
