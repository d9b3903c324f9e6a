//! The calls of a store, as statements and what their answers mean.

use alloc::{format, vec, vec::Vec};

use super::{
    super::{
        CreateError, Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreTime, StoreTraits,
        Stored, UpdateError, Version,
    },
    Answer, Dialect, Driver, Removal, Statement, Value, Values,
};
use crate::error::StoreError;

/// The schema that this version of the crate needs.
const SCHEMA: i64 = 1;
/// Bytes of data in a row: what each database takes without a setting.
const DATA_MAX: usize = 8 << 20;

/// A store over a driver.
pub(in super::super) struct Sql<D>(pub(in super::super) D);

impl<D: Driver> Sql<D> {
    /// Sets up the tables where they are missing.
    pub(in super::super) async fn install(&self) -> Result<(), StoreError> {
        // To ask for what is there would wait for those who write, and let others wait.
        if self.check().await.is_ok() {
            return Ok(());
        }
        self.0.run_script(self.0.dialect().schema).await?;
        self.check().await
    }

    /// Whether the tables are there, and of the schema that this version needs.
    pub(in super::super) async fn check(&self) -> Result<(), StoreError> {
        let answer = self.run(&self.0.dialect().schema_version, vec![]).await?;
        self.0.dialect().fits(&answer)
    }

    async fn run(
        &self,
        statement: &'static Statement,
        mut values: Values,
    ) -> Result<Answer, StoreError> {
        values.push((":now", Value::time(self.0.now())));
        self.0.run(statement, values).await
    }

    async fn lives(&self, key: &RowKey) -> Result<bool, StoreError> {
        Ok(self.load(key).await?.is_some())
    }

    /// Runs a statement that writes `record`, and says whether it found a row to write to.
    async fn write(
        &self,
        statement: &'static Statement,
        record: &Record<'_>,
        version: Version,
        mut values: Values,
    ) -> Result<bool, StoreError> {
        if record.data.len() > DATA_MAX {
            return Err(StoreError::TooLarge { needed: record.data.len(), limit: DATA_MAX });
        }
        values.extend([
            (":data", Value::Bytes(record.data.to_vec())),
            (":version", Value::version(version)),
            (":expires", Value::time(record.expires)),
            (":created", Value::time(record.created)),
            (":owner", Value::bytes(record.owner.map(Owner::as_bytes))),
            (":label", Value::bytes(record.label)),
        ]);
        Ok(self.run(statement, values).await?.changed > 0)
    }

    /// Removes the record under `key` if it is dead, and says whether it was there.
    async fn bury(&self, key: &RowKey) -> Result<bool, StoreError> {
        let Some(bury) = &self.0.dialect().bury else { return Ok(false) };
        Ok(self.run(bury, vec![(":key", Value::key(key))]).await?.changed > 0)
    }

    /// Removes rows, of which there are `most` at most, and says how many of them lived.
    async fn remove(
        &self,
        removal: &'static Removal,
        most: u64,
        values: Values,
    ) -> Result<u64, StoreError> {
        match removal {
            Removal::Telling(statement) => Ok(lived(&self.run(statement, values).await?)),
            Removal::Counting { living, dead } => {
                let removed = self.run(living, values.clone()).await?.changed;
                if removed < most {
                    self.run(dead, values).await?;
                }
                Ok(removed)
            }
        }
    }

    fn damaged(&self) -> StoreError {
        StoreError::Damaged { engine: self.0.dialect().engine }
    }
}

impl<D: Driver> Store for Sql<D> {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        let version = Version::random()?;
        let create = &self.0.dialect().create;
        let values = vec![(":key", Value::key(key))];
        if self.write(create, record, version, values.clone()).await? {
            return Ok(version);
        }
        // Whoever is the first after a burial has it.
        if self.bury(key).await? && self.write(create, record, version, values).await? {
            return Ok(version);
        }
        Err(CreateError::Exists)
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        let values = vec![(":key", Value::key(key))];
        let mut answer = self.run(&self.0.dialect().load, values).await?;
        let Some(row) = answer.rows.pop() else { return Ok(None) };
        match <[Value; 3]>::try_from(row) {
            Ok([Value::Bytes(data), Value::Integer(version), Value::Integer(expires)]) => {
                let version = u64::try_from(version).map_err(|_| self.damaged())?;
                let (version, expires) =
                    (Version::from_u64(version), StoreTime::from_millis(expires));
                Ok(Some(Stored { data, version, expires }))
            }
            _ => Err(self.damaged()),
        }
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let version = Version::random()?;
        let expects = expected.map_or(Value::NoInteger, Value::version);
        let values = vec![(":key", Value::key(key)), (":expected", expects)];
        if self.write(&self.0.dialect().update, record, version, values).await? {
            return Ok(version);
        }
        // Whatever happened in between: no version comes twice, so one that lives now is another.
        match expected {
            Some(_) if self.lives(key).await? => Err(UpdateError::Conflict),
            _ => Err(UpdateError::Gone),
        }
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        let values = vec![(":key", Value::key(key)), (":expires", Value::time(expires))];
        Ok(self.run(&self.0.dialect().touch, values).await?.changed > 0)
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        let values = vec![(":key", Value::key(key))];
        Ok(self.remove(&self.0.dialect().delete, 1, values).await? > 0)
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let version = Version::random()?;
        let rotate = &self.0.dialect().rotate;
        let values = vec![(":key", Value::key(old)), (":new_key", Value::key(new))];
        if self.write(rotate, record, version, values.clone()).await? {
            return Ok(version);
        }
        if !self.lives(old).await? {
            return Err(UpdateError::Gone);
        }
        if self.bury(new).await? && self.write(rotate, record, version, values).await? {
            return Ok(version);
        }
        Err(if self.lives(old).await? { UpdateError::Conflict } else { UpdateError::Gone })
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = vec![(":limit", Value::Integer(limit))];
        Ok(self.run(&self.0.dialect().purge, values).await?.changed)
    }

    fn traits(&self) -> StoreTraits {
        StoreTraits::new(self.0.dialect().engine).max_record(DATA_MAX)
    }
}

impl<D: Driver> OwnerIndex for Sql<D> {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        let values = vec![(":owner", Value::bytes(Some(owner.as_bytes())))];
        let answer = self.run(&self.0.dialect().list, values).await?;
        answer.rows.into_iter().map(|row| meta(row).ok_or_else(|| self.damaged())).collect()
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        let values = vec![
            (":owner", Value::bytes(Some(owner.as_bytes()))),
            (":except", except.map_or(Value::Null, Value::key)),
        ];
        self.remove(&self.0.dialect().delete_all, u64::MAX, values).await
    }
}

impl Dialect {
    /// Whether the answer to `schema_version` is the schema that this version of the crate needs.
    pub(in super::super) fn fits(&self, answer: &Answer) -> Result<(), StoreError> {
        match answer.rows.as_slice() {
            [row] if row.as_slice() == [Value::Integer(SCHEMA)] => Ok(()),
            _ => Err(StoreError::Setup {
                engine: self.engine,
                problem: format!("the tables are not of schema {SCHEMA}; see guide::migrations"),
            }),
        }
    }
}

/// How many of the rows say that they lived.
fn lived(answer: &Answer) -> u64 {
    let live = answer.rows.iter().filter(|row| row.as_slice() == [Value::Integer(1)]);
    u64::try_from(live.count()).unwrap_or(u64::MAX)
}

fn meta(row: Vec<Value>) -> Option<Meta> {
    let [
        Value::Bytes(key),
        Value::Integer(created),
        Value::Integer(seen),
        Value::Integer(expires),
        label,
    ] = <[Value; 5]>::try_from(row).ok()?
    else {
        return None;
    };
    let key = RowKey::from_bytes(<[u8; 32]>::try_from(key).ok()?);
    let [created, seen, expires] = [created, seen, expires].map(StoreTime::from_millis);
    let label = match label {
        Value::Bytes(label) => Some(label),
        Value::Null => None,
        Value::Integer(_) | Value::NoInteger => return None,
    };
    Some(Meta { label, ..Meta::new(key, created, seen, expires) })
}
