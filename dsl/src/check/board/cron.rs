//! The schedule of a command.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};

/// A schedule is a cron expression of five fields.
pub static RULE: Rule = Rule {
    code: "S0414",
    title: "a schedule is a cron expression of five fields",
    explain: r#"`every` takes minute, hour, day of the month, month and day of the week: `"*/5 * * * *"` is every five minutes,
`"0 6 * * MON"` Mondays at six, UTC. Each is `*`, a number, a range `1-5`, a list `1,15` or any of these with a step `/5`.

```storm
context Ordering {
  event OrderCancelled
  command ExpireBaskets every "*/5 * * *" -> OrderCancelled
}
```

Mended:

```storm
context Ordering {
  event OrderCancelled
  command ExpireBaskets every "*/5 * * * *" -> OrderCancelled
}
```
"#,
};

/// A field of the expression: its name, range and the names of its values.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
    ("day of the week", 0, 7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
];

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    for command in &facts.model.commands {
        let Some((text, span)) = &command.every else { continue };
        if let Err(why) = read(text) {
            let message = format!("`{text}` is no schedule");
            found.push(Diagnostic::error(&RULE, *span, message).help(why));
        }
    }
}

fn read(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!(
            "it has {} fields, not 5: minute, hour, day of the month, month, day of the week",
            parts.len()
        ));
    }
    for (part, (name, least, most, names)) in parts.iter().zip(FIELDS) {
        for item in part.split(',') {
            item_fits(item, least, most, names)
                .map_err(|why| format!("the {name} `{part}`: {why}; it takes {least} to {most}"))?;
        }
    }
    day_exists(parts[2], parts[3])
}

fn item_fits(item: &str, least: u32, most: u32, names: &[&str]) -> Result<(), String> {
    let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
    if let Some(step) = step {
        match step.parse::<u32>() {
            Ok(step) if step > 0 && step <= most => {}
            _ => return Err(format!("`/{step}` is no step")),
        }
    }
    if range == "*" {
        return Ok(());
    }
    let value = |text: &str| -> Result<u32, String> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = named.map(|index| index as u32 + least).or_else(|| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        });
        match number {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(format!("`{text}` is not in its range")),
        }
    };
    match range.split_once('-') {
        Some((from, to)) => {
            let (from, to) = (value(from)?, value(to)?);
            if from > to { Err(format!("`{range}` runs backwards")) } else { Ok(()) }
        }
        None if step.is_some() => Err(format!("a step stands after `*` or a range, not after `{range}`")),
        None => value(range).map(|_| ()),
    }
}

/// Refuses `0 0 31 2 *`: it would never come.
fn day_exists(day: &str, month: &str) -> Result<(), String> {
    let (Ok(day), Ok(month)) = (day.parse::<u32>(), month.parse::<u32>()) else { return Ok(()) };
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day > days { Err(format!("the month {month} never has a day {day}")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::check::testing::broken;

    #[test]
    fn usual_expressions_are_read() {
        for good in
            ["* * * * *", "*/5 0-6 1,15 JAN MON-FRI", "0 0 29 2 *", "0 9 * * 1,3,5", "5-59/10 * * * 7"]
        {
            assert_eq!(read(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "@daily",
            "60 * * * *",
            "* 24 * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "0 0 31 2 *",
            "* * * FOO *",
            "1/5 * * * *",
            "-1 * * * *",
            "+1 * * * *",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        broken("S0414", "context A { command C every «\"60 * * * *\"» }");
    }
}
