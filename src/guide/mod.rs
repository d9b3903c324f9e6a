//! The long-form documentation: what a page says about bytes and limits is the specification.

#[doc = include_str!("wire_format.md")]
pub mod wire_format {}

#[doc = include_str!("choosing.md")]
pub mod choosing {}

#[doc = include_str!("defaults.md")]
pub mod defaults {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("key_rotation.md")]
pub mod key_rotation {}

#[doc = include_str!("stores.md")]
pub mod stores {}

#[doc = include_str!("migrations.md")]
#[doc = "```sql"]
#[doc = include_str!("../store/sql/sqlite.sql")]
#[doc = "```"]
#[doc = "## PostgreSQL, from 12"]
#[doc = "```sql"]
#[doc = include_str!("../store/sql/postgres.sql")]
#[doc = "```"]
#[doc = "## MySQL from 8, MariaDB from 10.6"]
#[doc = "```sql"]
#[doc = include_str!("../store/sql/mysql.sql")]
#[doc = "```"]
pub mod migrations {}

// The program of this page needs the conformance suite.
#[cfg_attr(any(not(doctest), feature = "store-tests"), doc = include_str!("custom_store.md"))]
pub mod custom_store {}

#[doc = include_str!("frameworks.md")]
pub mod frameworks {}

// Its links lead into the feature.
#[cfg(feature = "auth")]
#[doc = include_str!("login.md")]
pub mod login {}

#[doc = include_str!("past_bugs.md")]
pub mod past_bugs {}

#[doc = include_str!("from_django.md")]
pub mod from_django {}

#[doc = include_str!("performance.md")]
pub mod performance {}

#[doc = include_str!("performance_peers.md")]
pub mod performance_peers {}

// The programs of these pages need more of their framework than the adapter does; the examples'
// package compiles them.
#[cfg_attr(not(doctest), doc = include_str!("axum.md"))]
pub mod axum {}

#[cfg_attr(not(doctest), doc = include_str!("hyper.md"))]
pub mod hyper {}

#[cfg_attr(not(doctest), doc = include_str!("poem.md"))]
pub mod poem {}

#[cfg_attr(not(doctest), doc = include_str!("salvo.md"))]
pub mod salvo {}

#[cfg_attr(not(doctest), doc = include_str!("warp.md"))]
pub mod warp {}

#[cfg_attr(not(doctest), doc = include_str!("actix.md"))]
pub mod actix {}

#[cfg_attr(not(doctest), doc = include_str!("rocket.md"))]
pub mod rocket {}

#[doc = include_str!("assurance.md")]
pub mod assurance {}

#[doc = include_str!("../../SECURITY.md")]
pub mod security {}

#[doc = include_str!("../../CHANGELOG.md")]
pub mod changelog {}
