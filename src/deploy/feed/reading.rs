//! Reads the events of the stack and of nested ones: new rows while the operation runs, all that is left at its end, and
//! again what may have arrived late.

use super::{Feed, Watched, is_final};
use crate::deploy::pages::{self, Pages, Reach};
use crate::deploy::segment::{is_creation_or_update, is_review, is_root, is_start};
use crate::deploy::stacks::{StackEvent, Stacks};
use crate::facts::{RowOutcome, ServiceError, StackRow};
use futures_util::future::join_all;

/// Nested stacks whose last rows are read at the same time.
const MOST_AT_ONCE: usize = 5;
/// Pages that are read again of a stack for rows that arrived late.
const MOST_PAGES_AGAIN: usize = 30;

/// New rows to show, and the calls that they took.
#[derive(Debug, Default)]
pub struct Shown {
    pub rows: Vec<(StackEvent, StackRow)>,
    pub calls: usize,
}

/// Pages that were read, and whether a call failed after them.
struct Fetched {
    pages: Pages,
    outcome: Result<(), ServiceError>,
}

impl Feed {
    /// Reads new rows of the stack. After an error the same rows are read again.
    pub async fn read_root(&mut self, stacks: &impl Stacks) -> Result<Shown, ServiceError> {
        let Fetched { pages, outcome } = self.fetch(stacks, 0, Pages::default(), usize::MAX).await;
        outcome?;
        let (calls, fresh) = (pages.calls, self.accept(0, pages));
        if self.segment.token().is_none() && !self.segment.has_begun() {
            self.find_newest(&fresh);
        }
        Ok(Shown { rows: self.take(0, fresh), calls })
    }

    /// Reads one page of a nested stack: of one that ended, else of the next one that is open. Its rows are shown once all
    /// of them were read.
    pub async fn read_nested(&mut self, stacks: &impl Stacks) -> Result<Shown, ServiceError> {
        let nested = || self.watched.iter().enumerate().skip(1);
        let open: Vec<_> = nested().filter(|(_, watched)| watched.is_open).map(|(index, _)| index).collect();
        let next = || (!open.is_empty()).then(|| open[self.turn % open.len()]);
        let Some(index) = self.unread().next().or_else(next) else { return Ok(Shown::default()) };
        self.turn += 1;
        let before = std::mem::take(&mut self.watched[index].pages);
        let fetched = self.fetch(stacks, index, before, 1).await;
        self.shown(index, fetched)
    }

    /// Reads all that is left of nested stacks that ended, several at a time. A stack whose events cannot be read gives
    /// its error.
    pub async fn read_ended(&mut self, stacks: &impl Stacks) -> Vec<Result<Shown, ServiceError>> {
        let due: Vec<_> = self.unread().take(MOST_AT_ONCE).collect();
        let before: Vec<_> =
            due.iter().map(|index| (*index, std::mem::take(&mut self.watched[*index].pages))).collect();
        let reading = before.into_iter().map(|(index, pages)| self.fetch(stacks, index, pages, usize::MAX));
        let read = join_all(reading).await;
        due.into_iter().zip(read).map(|(index, fetched)| self.shown(index, fetched)).collect()
    }

    /// Reads again the stack, if its newest page does not reach the beginning, and the nested stacks that failed: for rows
    /// that arrived late.
    pub async fn read_again(&mut self, stacks: &impl Stacks) -> Vec<Result<Shown, ServiceError>> {
        let has_failed = |watched: &Watched| self.notable.iter().any(|notable| notable.path == watched.path);
        let watched = self.watched.iter().enumerate();
        let due = watched.filter(|(index, watched)| if *index == 0 { watched.is_deep } else { has_failed(watched) });
        let due: Vec<_> = due.map(|(index, _)| index).collect();
        let mut shown = Vec::new();
        for index in due {
            let reach = |newer: &[StackEvent], page: &[StackEvent]| match self.has_beginning(index, newer, page) {
                true => Reach::Beginning,
                false => Reach::Newer,
            };
            let mut pages = Pages::default();
            let outcome = pages::read(stacks, &self.watched[index].id, &mut pages, MOST_PAGES_AGAIN, reach).await;
            pages.next = None;
            shown.push(self.shown(index, Fetched { pages, outcome }));
        }
        self.notable.sort_by_key(|notable| notable.event.time);
        shown
    }

    /// Whether a nested stack ended since its events were read.
    pub fn has_unread(&self) -> bool {
        self.unread().next().is_some()
    }

    /// The nested stacks that ended since their events were read.
    fn unread(&self) -> impl Iterator<Item = usize> {
        let nested = self.watched.iter().enumerate().skip(1);
        nested.filter(|(_, watched)| !watched.is_open && !watched.is_read).map(|(index, _)| index)
    }

    /// Marks nested stacks as ended, since the operation is over: those too whose rows are read from now on.
    pub fn close(&mut self) {
        self.is_closed = true;
        self.watched.iter_mut().for_each(|watched| watched.is_open = false);
    }

    async fn fetch(&self, stacks: &impl Stacks, index: usize, mut pages: Pages, most: usize) -> Fetched {
        let reach = |newer: &[StackEvent], page: &[StackEvent]| self.reach(index, newer, page);
        let outcome = pages::read(stacks, &self.watched[index].id, &mut pages, most, reach).await;
        Fetched { pages, outcome }
    }

    /// The rows of a stack to show, or its pages kept for the next look.
    fn shown(&mut self, index: usize, fetched: Fetched) -> Result<Shown, ServiceError> {
        let watched = &mut self.watched[index];
        let Fetched { pages, outcome } = fetched;
        match outcome {
            Err(error) if error.is_retryable() => {
                watched.pages = pages;
                return Err(error);
            }
            // Its events may be forbidden: they are not read again.
            Err(error) => {
                watched.is_read = !watched.is_open;
                return Err(error);
            }
            Ok(()) if pages.next.is_some() => {
                let calls = pages.calls;
                watched.pages = pages;
                return Ok(Shown { rows: Vec::new(), calls });
            }
            Ok(()) => watched.is_read = !watched.is_open && !pages.is_continued,
        }
        let (calls, fresh) = (pages.calls, self.accept(index, pages));
        Ok(Shown { rows: self.take(index, fresh), calls })
    }

    /// The rows that were not seen, oldest first.
    fn accept(&mut self, index: usize, pages: Pages) -> Vec<StackEvent> {
        self.watched[index].is_deep |= pages.is_deep;
        let mut fresh: Vec<_> =
            pages.rows.into_iter().filter(|event| !self.seen.contains(&event.event_id)).rev().collect();
        fresh.sort_by_key(|event| (event.time, order_at_one_time(event)));
        fresh
    }

    /// How far a page leads back, given the newer rows.
    fn reach(&self, index: usize, newer: &[StackEvent], page: &[StackEvent]) -> Reach {
        let is_known = page.iter().any(|event| self.seen.contains(&event.event_id));
        match (self.has_beginning(index, newer, page), is_known) {
            (true, _) => Reach::Beginning,
            (false, true) => Reach::Known,
            (false, false) => Reach::Newer,
        }
    }

    /// Whether older pages hold nothing of the operation.
    fn has_beginning(&self, index: usize, newer: &[StackEvent], page: &[StackEvent]) -> bool {
        if index > 0 {
            return page.iter().any(|event| event.time < self.watched[index].since);
        }
        if self.segment.token().is_none() && !self.segment.has_begun() {
            return page.iter().any(is_creation_or_update);
        }
        let is_own = |event: &StackEvent| self.segment.is_token(event.token.as_deref());
        let all = || newer.iter().chain(page);
        let Some(newest_others) = all().rev().position(is_own) else { return !self.is_resumed() };
        let is_past_beginning = all().rev().take(newest_others).any(|event| is_root(event) && is_final(&event.status));
        is_past_beginning || page.iter().any(|event| is_own(event) && is_start(event))
    }
}

/// Emulators give one time to all rows of an operation: the stack begins first and ends last.
fn order_at_one_time(event: &StackEvent) -> u8 {
    match (is_root(event), event.status.outcome()) {
        (true, RowOutcome::Started) if is_start(event) || is_review(event) => 0,
        (false, RowOutcome::Started) => 1,
        (true, RowOutcome::Started) | (false, RowOutcome::Completed | RowOutcome::Failed | RowOutcome::Skipped) => 2,
        (true, RowOutcome::Completed | RowOutcome::Failed | RowOutcome::Skipped) => 3,
    }
}
