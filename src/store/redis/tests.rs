//! The engine over a driver that says what it is told to, and what becomes of the driver's errors.

use alloc::{collections::VecDeque, vec};
use std::sync::Mutex;

use super::{
    super::{CreateError, Record, RowKey, Store, StoreError, StoreTime, UpdateError, block_on},
    scripts::{CREATE, DELETE},
    *,
};

/// Answers to give, in order, and the commands that came.
#[derive(Default)]
struct Actor {
    answers: Mutex<VecDeque<Result<Reply, Trouble>>>,
    words: Mutex<Vec<Vec<String>>>,
}

impl Driver for Actor {
    async fn run(&self, words: &[&[u8]]) -> Result<Reply, Trouble> {
        let words = words.iter().map(|word| String::from_utf8_lossy(word).into_owned());
        self.words.lock().unwrap().push(words.collect());
        self.answers.lock().unwrap().pop_front().expect("one command more than answers")
    }
}

fn engine(answers: impl Into<VecDeque<Result<Reply, Trouble>>>) -> Engine<Actor> {
    let driver = Actor { answers: Mutex::new(answers.into()), ..Actor::default() };
    Engine { driver, prefix: "shop:".to_string() }
}

fn lost() -> Result<Reply, Trouble> {
    Err(Trouble::Lost(StoreError::unavailable(ENGINE, "lost")))
}

fn sent(engine: &Engine<Actor>) -> usize {
    assert!(engine.driver.answers.lock().unwrap().is_empty(), "an answer nobody asked for");
    engine.driver.words.lock().unwrap().len()
}

const KEY: RowKey = RowKey::from_bytes([0; 32]);
const NEW: RowKey = RowKey::from_bytes([0xff; 32]);
const NOON: StoreTime = StoreTime::from_millis(1_790_000_000_000);

#[test]
fn a_command_that_was_lost_is_sent_once_more() {
    let once = engine([lost(), Ok(Reply::Nothing)]);
    assert_eq!(block_on(once.load(&KEY)), Ok(None));
    assert_eq!(sent(&once), 2);
    let twice = engine([lost(), lost()]);
    let error = StoreError::unavailable(ENGINE, "lost");
    assert_eq!(block_on(twice.load(&KEY)), Err(error.clone()));
    assert_eq!(sent(&twice), 2);
    // What is sent after silence may be the first to meet the loss.
    let silent = || Err(Trouble::Silent(error.clone()));
    let thrice = engine([silent(), lost(), Ok(Reply::Nothing)]);
    assert_eq!(block_on(thrice.load(&KEY)), Ok(None));
    assert_eq!(sent(&thrice), 3);
    let twice = engine([silent(), silent()]);
    assert_eq!(block_on(twice.load(&KEY)), Err(error.clone()));
    assert_eq!(sent(&twice), 2);
    // Not what the server has refused, and not what may still be under way.
    for trouble in [Trouble::Refused(error.clone()), Trouble::Failed(error.clone())] {
        let refused = engine([Err(trouble)]);
        assert_eq!(block_on(refused.delete(&KEY)), Err(error.clone()));
        assert_eq!(sent(&refused), 1);
    }
}

#[test]
fn the_first_step_of_a_move_is_not_sent_again() {
    let error = StoreError::unavailable(ENGINE, "lost");
    for trouble in [Trouble::Lost(error.clone()), Trouble::Silent(error.clone())] {
        let engine = engine([Err(trouble)]);
        let moved = block_on(engine.rotate(&KEY, &NEW, &Record::new(b"x", NOON, NOON)));
        assert_eq!(moved, Err(UpdateError::Store(error.clone())));
        assert_eq!(sent(&engine), 1);
    }
}

#[test]
fn a_script_that_the_server_does_not_know_is_sent_whole_with_the_same_arguments() {
    let engine = engine([Err(Trouble::NoScript), Ok(Reply::Number(1))]);
    let created = block_on(engine.create(&KEY, &Record::new(b"sealed", NOON, NOON)));
    assert!(created.is_ok());
    let words = engine.driver.words.lock().unwrap();
    assert_eq!(words[0][..2], ["EVALSHA", CREATE.sha]);
    assert_eq!(words[1][..2], ["EVAL", CREATE.text]);
    assert_eq!(words[0][2..], words[1][2..]);
    // One key, the hash that stands for the session.
    assert_eq!(words[0][2..4], ["1".to_string(), format!("shop:s:{}", "A".repeat(43))]);
    assert_eq!(words[0][5], "1790000000000");
}

#[test]
fn a_delete_whose_entry_cannot_be_removed_is_a_delete() {
    let held = vec![Reply::Bytes(b"1790000000000".to_vec()), Reply::Bytes(b"alice".to_vec())];
    let engine = engine([Ok(Reply::List(held)), lost(), lost()]);
    assert_eq!(block_on(engine.delete(&KEY)), Ok(true));
    let words = engine.driver.words.lock().unwrap();
    assert_eq!(words[0][1], DELETE.sha);
    assert_eq!(words[1][3], "shop:u:YWxpY2U");
}

#[test]
fn answers_of_another_form_are_damage_and_not_the_lack_of_a_record() {
    let damaged = StoreError::Damaged { engine: ENGINE };
    for answer in [
        Reply::Number(0),
        Reply::Bytes(vec![]),
        Reply::Bytes(vec![7; 33]),
        Reply::List(vec![Reply::Nothing]),
    ] {
        assert_eq!(block_on(engine([Ok(answer)]).load(&KEY)), Err(damaged.clone()));
    }
    for answer in [Reply::Number(1), Reply::Bytes(vec![]), Reply::List(vec![])] {
        assert_eq!(block_on(engine([Ok(answer.clone())]).delete(&KEY)), Err(damaged.clone()));
        assert_eq!(block_on(engine([Ok(answer)]).touch(&KEY, NOON)), Err(damaged.clone()));
    }
    let record = Record::new(b"x", NOON, NOON);
    let created = block_on(engine([Ok(Reply::Nothing)]).create(&KEY, &record));
    assert_eq!(created, Err(CreateError::Store(damaged)));
}

#[test]
fn a_server_that_is_too_old_or_evicts_is_refused_on_every_node_of_a_cluster() {
    let text = |text: &str| Reply::Bytes(text.as_bytes().to_vec());
    let policy = |name| Ok(Reply::List(vec![text("maxmemory-policy"), text(name)]));
    let nodes = |versions: &[&str]| {
        let info =
            |version: &str| text(&format!("# Server\r\nredis_version:{version}\r\nos:x\r\n"));
        let node = |version: &&str| [text("127.0.0.1:6379"), info(version)];
        Ok(Reply::List(versions.iter().flat_map(node).collect()))
    };
    for (versions, fits) in [
        (&["6.2.0"][..], true),
        (&["10.0.1", "7.0.15"], true),
        (&["6.0.16"], false),
        (&["7.2.4", "5.0.7"], false),
        (&["of another kind"], true),
    ] {
        let engine = engine([policy("noeviction"), nodes(versions)]);
        let answer = block_on(engine.check());
        assert_eq!(answer.is_ok(), fits, "{versions:?}: {answer:?}");
    }
    let answer = block_on(engine([policy("allkeys-lfu")]).check());
    assert!(matches!(answer, Err(StoreError::Setup { .. })), "{answer:?}");
    // Silence is no answer.
    assert!(block_on(engine([lost(), lost()]).check()).is_err());
}

#[test]
fn what_a_server_quotes_of_a_command_is_not_in_the_error() {
    for line in [
        "-ERR unknown command 'EVALSHA', with args beginning with: 'shop:s:secret'\r\n",
        "-NOPERM this user has no permissions to access the 'shop:s:secret' key\r\n",
        "-WEIRD secret\r\n",
    ] {
        let value = redis::parse_redis_value(line.as_bytes()).expect("a line");
        let error = value.extract_error().expect_err("an error");
        assert!(error.to_string().contains("secret"), "{error}");
        let trouble = trouble(&error);
        assert!(matches!(trouble, Trouble::Refused(_)), "{trouble:?}");
        let shown = format!("{trouble:?} {}", StoreError::from(trouble.clone()));
        assert!(!shown.contains("secret"), "{shown}");
    }
    let value = redis::parse_redis_value(b"-NOSCRIPT No matching script.\r\n").expect("a line");
    let error = value.extract_error().expect_err("an error");
    assert_eq!(trouble(&error), Trouble::NoScript);
}
