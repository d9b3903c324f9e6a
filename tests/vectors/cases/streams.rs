//! Step 8: deflated bodies, written in every way, and streams that lie.
//!
//! The streams are written out, so that no compressor's version changes a file.

use cloakroom::{Protection, Rejection};

use super::{case, visit};
use crate::{
    file::{Vector, unhex},
    reference::stored_blocks,
};

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = accepted(mode);
    vectors.extend(refused(mode));
    vectors
}

/// `again()` in one block of the static code.
const STATIC: &str = "63fe232f3957eb0463627a62669e42625e8ac2d0660100";
/// `sentence()` in one block of a code of its own.
const DYNAMIC: &str = "2d8eb10dc2500c448598828aab11ca0074ecc0025f1f935809f6976d05651896612e0a9\
    c88c6d29d7defbcff1e0fefd367771b08333b871a6a316372447a554b9ca1322d9b74b299d60b813692cd6b5a478a0\
    ed7dcbab30ad831520bb0a0a45926ba274847a64ba256a86d282e1367069c15559fcd32ff97cebd38f219926a4b8bd\
    5c58b6348a2699460e961ebd047962ddefd00";
/// `full()`, which is 16 384 bytes.
const FULL: &str = "edc1210100200c0030f114a8fbb77a1292d0f302410cccb6b8b94ecd6e00000000000000000\
    0000000000000e09b07";
/// One byte more.
const OVER: &str = "edc1310d00200c00b0632ab8f6cfd594a004a14b3890c1d3366eae53b31b000000000000000\
    000000000000000f8e701";
/// `again()` as zlib and as gzip write it.
const ZLIB: &str = "78da63fe232f3957eb0463627a62669e42625e8ac2d066010068bd47c4";
const GZIP: &str =
    "1f8b080000000000020363fe232f3957eb0463627a62669e42625e8ac2d066010064800682d0000000";

fn again() -> Vec<u8> {
    visit(&b"again and ".repeat(20))
}

fn sentence() -> Vec<u8> {
    visit(
        b"The visitor carries the coat, only the server can open the pocket. A session is kept in \
        a sealed cookie: one core serialises it, compresses it, signs or encrypts it with a \
        rotating ring of keys.",
    )
}

fn full() -> Vec<u8> {
    visit(&[b'a'; 16_376])
}

fn accepted(mode: Protection) -> Vec<Vector> {
    let opens = |name, comment, body: Vec<u8>, stream: Vec<u8>| {
        assert_ne!(body, stream);
        case(mode, name, "12", comment)
            .option("reads", "visit")
            .session(|session| (session.body, session.stream) = (body, Some(stream)))
            .opens()
    };
    let empty_blocks = [b"\x00\x00\x00\xff\xff".repeat(3), stored_blocks(&visit(b"hello"), 100)];
    vec![
        opens("deflate_stored", "One stored block.", again(), stored_blocks(&again(), 1000)),
        opens(
            "deflate_many_blocks",
            "Stored blocks of ten bytes.",
            again(),
            stored_blocks(&again(), 10),
        ),
        opens(
            "deflate_empty_blocks",
            "Three empty blocks first.",
            visit(b"hello"),
            empty_blocks.concat(),
        ),
        opens("deflate_static", "The static code.", again(), unhex(STATIC)),
        opens("deflate_dynamic", "A code of its own.", sentence(), unhex(DYNAMIC)),
        opens("deflate_16384", "The longest body.", full(), unhex(FULL)),
        case(mode, "deflate_values", "12", "A deflated map.")
            .option("reads", "values")
            .session(|session| {
                session.kind = 1;
                session.body = b"\x00\x41a\x01\x2a".to_vec();
                session.stream = Some(stored_blocks(&session.body, 100));
            })
            .opens(),
        case(mode, "deflate_padding_31", "9", "A deflated body, and all the padding there is.")
            .option("reads", "visit")
            .session(|session| {
                (session.body, session.stream) = (again(), Some(unhex(STATIC)));
                session.extra = 31;
            })
            .opens(),
    ]
}

fn refused(mode: Protection) -> Vec<Vector> {
    let refused = |name, comment, stream: Vec<u8>| {
        case(mode, name, "12", comment)
            .session(|session| session.stream = Some(stream))
            .refused(Rejection::Malformed)
    };
    let with = |stream: &str, more: &[u8]| [&unhex(stream), more].concat();
    let cut = |stream: &str, by: usize| {
        let stream = unhex(stream);
        stream[..stream.len() - by].to_vec()
    };
    vec![
        refused("inflate_16385", "One byte more than the longest body.", unhex(OVER)),
        refused(
            "inflate_block_beyond_the_end",
            "A stored block of more bytes than there are.",
            vec![1, 2, 0, 0xFD, 0xFF, b'a'],
        ),
        refused("inflate_cut_by_a_byte", "The last byte is missing.", cut(STATIC, 2)),
        refused("inflate_cut_in_the_middle", "The second half is missing.", cut(DYNAMIC, 70)),
        refused("inflate_byte_left_over", "A byte after the stream.", with(STATIC, b"x")),
        refused(
            "inflate_zero_left_over",
            "A zero after the stream, in front of the marker.",
            with(STATIC, b"\0"),
        ),
        refused(
            "inflate_two_streams",
            "A second stream after the first.",
            with(STATIC, &unhex(STATIC)),
        ),
        refused(
            "inflate_no_last_block",
            "No block says that it is the last.",
            vec![0, 1, 0, 0xFE, 0xFF, b'a'],
        ),
        refused("inflate_block_type_3", "A type of block that there is not.", vec![0b111, 0, 0]),
        refused(
            "inflate_wrong_complement",
            "A stored block whose length is not confirmed.",
            vec![1, 1, 0, 0xFE, 0xFE, b'a'],
        ),
        refused("inflate_distance_too_far", "A copy from before the beginning.", unhex("4b044200")),
        refused("inflate_zlib", "With the header of zlib.", unhex(ZLIB)),
        refused("inflate_gzip", "With the header of gzip.", unhex(GZIP)),
        refused("inflate_raw_body", "A body that is not deflated at all.", again()),
    ]
}
