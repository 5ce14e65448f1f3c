//! Which body came under which caller's key: the latest ones, so that another body under the same key is refused at once.
//! What this replica does not remember, a command's inbox knows.
//! It must not know: HTTP, commands.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

/// How many are remembered.
const MOST: usize = 65_536;

/// Commands by their id, each with its body's fingerprint.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    bodies: HashMap<Uuid, Uuid>,
    /// The oldest first.
    order: VecDeque<Uuid>,
}

impl Remembered {
    /// Remembers it. False when another body came under this id before.
    pub(super) fn is_same(&mut self, id: Uuid, body: Uuid) -> bool {
        if let Some(known) = self.bodies.get(&id) {
            return *known == body;
        }
        if self.order.len() == MOST {
            self.order.pop_front().map(|oldest| self.bodies.remove(&oldest));
        }
        self.order.push_back(id);
        self.bodies.insert(id, body);
        true
    }

    /// That one was not taken: its key is free again.
    pub(super) fn forget(&mut self, id: Uuid) {
        if self.bodies.remove(&id).is_some() {
            self.order.retain(|known| *known != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_body_is_known_while_the_first_is_remembered() {
        let mut remembered = Remembered::default();
        let id = |n: usize| Uuid::from_u128(n as u128);
        assert!(remembered.is_same(id(0), id(1)) && remembered.is_same(id(0), id(1)));
        assert!(!remembered.is_same(id(0), id(2)) && !remembered.is_same(id(0), id(3)), "the first counts");
        remembered.forget(id(0));
        assert!(remembered.is_same(id(0), id(2)));
        for n in 1..MOST {
            assert!(remembered.is_same(id(n), id(n)));
        }
        assert!(!remembered.is_same(id(0), id(1)), "as many as are remembered");
        assert!(remembered.is_same(id(MOST), id(1)));
        assert!(remembered.is_same(id(0), id(1)), "the oldest is forgotten");
        assert_eq!((remembered.order.len(), remembered.bodies.len()), (MOST, MOST));
    }
}
