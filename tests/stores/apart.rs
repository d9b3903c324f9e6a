//! Stores in processes of their own: this program, started again.

use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    pin::Pin,
    process::{self, Command, ExitCode, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use cloakroom::store::{
    CreateError, Record, RowKey, Store, StoreTime, Stored, UpdateError,
    conformance::{Failure, Harness, serve},
};
use libtest_mimic::Failed;

/// What the other process does, with which engine and where: `serve file /there`.
const TASK: &str = "CLOAKROOM_STORES_TASK";

/// An engine whose stores lie in a place that several processes can open.
pub(crate) trait Placed: Harness + Default {
    const ENGINE: &'static str;

    fn open(place: &Path) -> Result<Self::Store, Failure>;
}

/// A path with nothing behind it, in a folder that [`clear`] removes.
pub(crate) fn fresh_place(engine: &str) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let folder = run_folder();
    fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{engine}-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

/// Removes whatever the tests of this run made.
pub(crate) fn clear() {
    let _ = fs::remove_dir_all(run_folder());
}

fn run_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stores-{}", process::id()))
}

/// This program, told to serve the store at `place` to the suite.
pub(crate) fn peer(engine: &str, place: &Path) -> Command {
    task("serve", engine, place)
}

/// This program, told to do something with the store at `place`.
pub(crate) fn task(verb: &str, engine: &str, place: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.env(TASK, format!("{verb} {engine} {}", place.display()));
    command
}

/// The place of the task of this process, if it is to do that with a store of `engine`.
pub(crate) fn task_of(verb: &str, engine: &str) -> Option<PathBuf> {
    let task = env::var(TASK).ok()?;
    task.strip_prefix(&format!("{verb} {engine} ")).map(PathBuf::from)
}

/// Does the task of this process, if it was started for one.
pub(crate) fn run<P: Placed>() -> Option<ExitCode> {
    let task = env::var(TASK).ok()?;
    let (verb, place) = task.split_once(' ')?;
    let (_, place) = place.split_once(' ').filter(|(engine, _)| *engine == P::ENGINE)?;
    let store = P::open(Path::new(place)).unwrap();
    let harness = P::default();
    match verb {
        "serve" => serve(&store, |work| harness.block_on(work)).unwrap(),
        "fill" => println!("{}", wait(&harness, fill(&store))),
        "storm" => wait(&harness, storm(&store)),
        other => panic!("{other}"),
    }
    Some(ExitCode::SUCCESS)
}

pub(crate) fn wait<T: Send>(harness: &impl Harness, work: impl Future<Output = T> + Send) -> T {
    let mut out = None;
    let whole: Pin<Box<dyn Future<Output = ()> + Send + '_>> =
        Box::pin(async { out = Some(work.await) });
    harness.block_on(whole);
    out.unwrap()
}

const OLD: RowKey = RowKey::from_bytes([0x11; 32]);
const NEW: RowKey = RowKey::from_bytes([0x22; 32]);

fn record(data: &[u8]) -> Record<'_> {
    let now = StoreTime::now();
    Record::new(data, now, now.plus(Duration::from_secs(3600)))
}

/// Tries writes that do not fit any more, and says what became of them.
async fn fill(store: &impl Store) -> String {
    let large = vec![7; 256 << 10];
    let updated = match store.update(&OLD, None, &record(&large)).await {
        Err(UpdateError::Store(_)) => "refused".to_owned(),
        other => format!("{other:?}"),
    };
    let created = match store.create(&NEW, &record(&large)).await {
        Err(CreateError::Store(_)) => "refused".to_owned(),
        other => format!("{other:?}"),
    };
    let moved = match store.rotate(&OLD, &NEW, &record(&large)).await {
        Err(UpdateError::Store(_)) => "refused".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{updated} {created} {moved}")
}

/// A process that may write 64 blocks to a file and then no byte more fails in the middle of its
/// record; afterwards everything is as it was.
pub(crate) fn a_full_medium_in_the_middle_of_a_write<P: Placed>() -> Result<(), Failed> {
    let (harness, place) = (P::default(), fresh_place(P::ENGINE));
    let store = P::open(&place)?;
    wait(&harness, store.create(&OLD, &record(b"old")))?;
    let mut limited = Command::new("sh");
    let child = task("fill", P::ENGINE, &place);
    let child_env = child.get_envs().filter_map(|(name, value)| Some((name, value?)));
    limited.envs(child_env).arg("-c").arg("trap '' XFSZ; ulimit -f 64; exec \"$0\"");
    let out = limited.arg(child.get_program()).output()?;
    let words = String::from_utf8(out.stdout)?;
    assert_eq!(words.trim(), "refused refused refused", "{}", String::from_utf8(out.stderr)?);

    let data = |there: Option<Stored>| there.map(|there| there.data);
    assert_eq!(data(wait(&harness, store.load(&OLD))?).as_deref(), Some(b"old".as_slice()));
    assert_eq!(data(wait(&harness, store.load(&NEW))?), None);
    wait(&harness, store.update(&OLD, None, &record(b"new")))?;
    assert_eq!(data(wait(&harness, store.load(&OLD))?).as_deref(), Some(b"new".as_slice()));
    Ok(())
}

/// Writes until it is killed.
async fn storm(store: &impl Store) {
    for byte in (0..=255).cycle() {
        store.update(&OLD, None, &record(&vec![byte; 100_000])).await.unwrap();
        if byte == 0 {
            println!("writing");
        }
    }
}

/// A process that is killed while it writes leaves a whole record and no lock.
pub(crate) fn a_writer_that_is_killed<P: Placed>() -> Result<(), Failed> {
    let (harness, place) = (P::default(), fresh_place(P::ENGINE));
    let store = P::open(&place)?;
    wait(&harness, store.create(&OLD, &record(&[0; 100_000])))?;
    for round in 0..12u64 {
        let mut child = task("storm", P::ENGINE, &place).stdout(Stdio::piped()).spawn()?;
        // Its first word says that it has begun.
        let mut out = child.stdout.take().ok_or("no output")?;
        let begun = out.read_exact(&mut [0]);
        thread::sleep(Duration::from_micros(700 * round));
        child.kill()?;
        child.wait()?;
        begun?;
        let data = wait(&harness, store.load(&OLD))?.map(|there| there.data).unwrap_or_default();
        assert!(data.len() == 100_000 && data.iter().all(|byte| *byte == data[0]), "{round}");
        wait(&harness, store.update(&OLD, None, &record(&data)))?;
    }
    Ok(())
}
