//! The shop's database: its tables, and statements for whoever wants to run one.
//! It must not know: services.

use std::future::Future;

pub use mysql_async::Error;
use mysql_async::prelude::{FromRow, Queryable as _};
use mysql_async::{Conn, Opts, OptsBuilder, Params};

use crate::programs::root;

/// A connection with a runtime of its own: for tests, which are threads.
pub struct Connection {
    runtime: tokio::runtime::Runtime,
    inner: Conn,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// The server is not there.
    pub fn open(url: &str) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let options = OptsBuilder::from_opts(Opts::from_url(url)?).prefer_socket(Some(false));
        let inner = runtime.block_on(Conn::new(options))?;
        Ok(Self { runtime, inner })
    }

    /// Runs a statement as text.
    ///
    /// # Errors
    /// The server's, or that it is gone.
    pub fn run(&mut self, sql: &str) -> Result<(), Error> {
        let work = self.inner.query_drop(sql);
        block_on(&self.runtime, work)
    }

    /// Runs a statement with parameters and returns how many rows it changed.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub fn exec(&mut self, sql: &str, params: impl Into<Params> + Send) -> Result<u64, Error> {
        let work = self.inner.exec_drop(sql, params.into());
        block_on(&self.runtime, work)?;
        Ok(self.inner.affected_rows())
    }

    /// The rows that a query answers with.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub fn rows<T: FromRow + Send + 'static>(&mut self, sql: &str) -> Result<Vec<T>, Error> {
        let work = self.inner.query(sql);
        block_on(&self.runtime, work)
    }
}

fn block_on<T>(runtime: &tokio::runtime::Runtime, work: impl Future<Output = T>) -> T {
    runtime.block_on(work)
}

/// Makes the shop's tables in a database of this name, with these articles in stock.
///
/// # Panics
/// When the server refuses.
pub(crate) fn prepare(url: &str, name: &str, stock: &[(&str, u32)]) {
    let schema =
        std::fs::read_to_string(root().join("models/shop/schema/shop.sql")).expect("the shop's schema");
    let mut connection = Connection::open(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut run = |sql: &str| connection.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    run(&format!("CREATE DATABASE `{name}`"));
    run(&format!("USE `{name}`"));
    schema.split(';').filter(|statement| statement.contains("CREATE TABLE")).for_each(&mut run);
    for (sku, on_hand) in stock {
        run(&format!("INSERT INTO stock VALUES ('{sku}', {on_hand}, 0, 0)"));
    }
}
