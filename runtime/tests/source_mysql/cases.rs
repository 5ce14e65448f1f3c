//! Column types with values at their edges, and how to ask the server for them without loss.

use storm_runtime::spec::Wire;

/// A column type with the values it is tried with.
pub struct Case {
    pub ddl: String,
    pub wire: Wire,
    /// SQL literals and expressions.
    pub values: Vec<&'static str>,
    /// The expression that shows the column `c` as text or number.
    pub select: String,
    /// Fractional digits of a time.
    pub digits: usize,
}

/// All types that a server of this kind has.
pub fn cases(mariadb: bool) -> Vec<Case> {
    let mut cases = numbers();
    cases.extend(decimals());
    cases.extend(times());
    cases.extend(texts());
    cases.extend(bytes());
    cases.extend(lists());
    cases.extend(if mariadb { of_mariadb() } else { of_mysql() });
    cases
}

fn case(ddl: impl Into<String>, wire: Wire, values: &[&'static str]) -> Case {
    Case { ddl: ddl.into(), wire, values: values.to_vec(), select: "CAST(c AS CHAR)".into(), digits: 0 }
}

fn numbers() -> Vec<Case> {
    let mut cases = vec![
        case("TINYINT", Wire::Int32, &["-128", "-1", "0", "1", "127"]),
        case("TINYINT UNSIGNED", Wire::Uint32, &["0", "127", "200", "255"]),
        case("TINYINT UNSIGNED", Wire::Int32, &["200"]),
        case("SMALLINT", Wire::Int32, &["-32768", "-1", "32767"]),
        case("SMALLINT UNSIGNED", Wire::Uint32, &["0", "65535"]),
        case("MEDIUMINT", Wire::Int32, &["-8388608", "-2", "8388607"]),
        case("MEDIUMINT UNSIGNED", Wire::Uint32, &["0", "16777215"]),
        case("INT", Wire::Int32, &["-2147483648", "-3", "2147483647"]),
        case("INT UNSIGNED", Wire::Uint32, &["0", "4294967295"]),
        case("INT UNSIGNED", Wire::Int64, &["4294967295"]),
        case("BIGINT", Wire::Int64, &["-9223372036854775808", "-4", "9223372036854775807"]),
        case("BIGINT UNSIGNED", Wire::Uint64, &["0", "18446744073709551615"]),
        case("TINYINT(1)", Wire::Bool, &["0", "1"]),
        case("YEAR", Wire::Int32, &["1901", "2026", "2155"]),
        case("FLOAT", Wire::Float, &["-1.5", "0", "3.4e38", "1.17e-38"]),
        case("FLOAT", Wire::Double, &["-1.5", "0.1"]),
        case("DOUBLE", Wire::Double, &["-1.5", "0", "1.7e308", "2.3e-308", "0.1"]),
    ];
    for case in &mut cases {
        match case.wire {
            Wire::Float => case.select = "c".into(),
            // A FLOAT is widened by the server, bit by bit, as it is by the source.
            Wire::Double => case.select = "c + 0e0".into(),
            _ => {}
        }
    }
    let zero = Case { select: "c + 0".into(), ..case("YEAR", Wire::Int32, &["0"]) };
    cases.push(zero);
    for (bits, values) in [(1, ["0", "1"]), (8, ["0", "255"]), (33, ["1", "8589934591"])] {
        let bit = Case { select: "c + 0".into(), ..case(format!("BIT({bits})"), Wire::Uint64, &values) };
        cases.push(bit);
    }
    cases.push(Case { select: "c + 0".into(), ..case("BIT(64)", Wire::Uint64, &["18446744073709551615"]) });
    cases
}

fn decimals() -> Vec<Case> {
    let decimal = |precision: u8, scale: u8, values: &[&'static str]| {
        case(format!("DECIMAL({precision},{scale})"), Wire::Decimal { scale }, values)
    };
    vec![
        decimal(1, 0, &["-9", "0", "9"]),
        decimal(5, 5, &["-0.99999", "0.00001", "0"]),
        decimal(10, 0, &["-9999999999", "1000000000"]),
        decimal(10, 2, &["-0.01", "0", "0.10", "99999999.99", "-12345678.90"]),
        decimal(18, 9, &["-999999999.999999999", "1.000000001"]),
        decimal(19, 10, &["-999999999.9999999999", "100000000.0000000001"]),
        decimal(
            65,
            30,
            &[
                "-99999999999999999999999999999999999.999999999999999999999999999999",
                "10000000000000000000000000000000000.000000000000000000000000000001",
                "-0.000000000000000000000000000001",
            ],
        ),
    ]
}

fn times() -> Vec<Case> {
    let mut cases = vec![case("DATE", Wire::Date, &["'1000-01-01'", "'2024-02-29'", "'9999-12-31'"])];
    for digits in 0..=6 {
        let of = |name: &str, wire, values: &[&'static str]| Case {
            digits,
            ..case(format!("{name}({digits})"), wire, values)
        };
        cases.push(of(
            "DATETIME",
            Wire::Timestamp,
            &[
                "'1000-01-01 00:00:00'",
                "'2026-11-22 23:59:58.987654'",
                "'1969-12-31 23:59:59.1'",
                "'9999-12-31 23:59:58.000001'",
            ],
        ));
        cases.push(Case {
            ddl: format!("TIMESTAMP({digits}) NULL"),
            ..of(
                "",
                Wire::Timestamp,
                &["'1970-01-01 00:00:01'", "'2026-11-22 23:59:58.987654'", "'2038-01-19 03:14:07'"],
            )
        });
        cases.push(of(
            "TIME",
            Wire::Time,
            &[
                "'-838:59:59'",
                "'838:59:59'",
                "'00:00:00'",
                "'-00:00:00.1'",
                "'-00:00:01.05'",
                "'-10:11:12.123456'",
                "'10:11:12.987654'",
                "'-00:00:01'",
            ],
        ));
    }
    cases
}

fn texts() -> Vec<Case> {
    let values = ["''", "'plain'", "'héé'", "'tail  '"];
    let wide = ["''", "'grüße, 世界 🎉'", "'a\\0b\\nc'"];
    let mut cases: Vec<_> = ["CHAR(10)", "VARCHAR(20)", "TEXT", "TINYTEXT"]
        .into_iter()
        .flat_map(|kind| ["utf8mb4", "utf8mb3", "latin1"].map(|charset| (kind, charset)))
        .map(|(kind, charset)| case(format!("{kind} CHARACTER SET {charset}"), Wire::String, &values))
        .collect();
    for kind in ["CHAR(255)", "VARCHAR(300)", "MEDIUMTEXT", "LONGTEXT"] {
        cases.push(case(kind, Wire::String, &wide));
    }
    cases.push(case("VARCHAR(20) CHARACTER SET ascii", Wire::String, &["'plain'"]));
    cases.push(case("VARCHAR(20) CHARACTER SET latin1", Wire::String, &["'€ ‰ Ÿ'"]));
    cases.push(case("LONGTEXT", Wire::String, &["REPEAT('long ', 100000)"]));
    cases
}

fn bytes() -> Vec<Case> {
    let values = ["x''", "x'00'", "x'0102030000'", "x'ff'"];
    let kinds =
        ["BINARY(5)", "VARBINARY(20)", "VARBINARY(300)", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"];
    let mut cases: Vec<_> = kinds.into_iter().map(|kind| case(kind, Wire::Bytes, &values)).collect();
    cases.push(case("BINARY(255)", Wire::Bytes, &["x'01'"]));
    cases.push(case(
        "GEOMETRY",
        Wire::Bytes,
        &["POINT(1, 2)", "ST_GeomFromText('LINESTRING(0 0, 1 1, 2 0)')"],
    ));
    for case in &mut cases {
        case.select = "HEX(c)".into();
    }
    let uuids = ["'123e4567-e89b-12d3-a456-426614174000'", "'123E4567-E89B-12D3-A456-4266141740FF'"];
    cases.push(Case { select: "LOWER(c)".into(), ..case("CHAR(36)", Wire::Uuid, &uuids) });
    let binary = ["x'123e4567e89b12d3a456426614174000'", "x'00000000000000000000000000000000'"];
    let dashed = "LOWER(CONCAT_WS('-', SUBSTR(HEX(c), 1, 8), SUBSTR(HEX(c), 9, 4), SUBSTR(HEX(c), 13, 4), \
                  SUBSTR(HEX(c), 17, 4), SUBSTR(HEX(c), 21, 12)))";
    let dashed = format!("IF(c IS NULL, NULL, {dashed})");
    cases.push(Case { select: dashed, ..case("BINARY(16)", Wire::Uuid, &binary) });
    cases
}

fn lists() -> Vec<Case> {
    let many = |count: usize| (0..count).map(|member| format!("'m{member}'")).collect::<Vec<_>>().join(", ");
    vec![
        case("ENUM('small', 'grüße', '')", Wire::Enum, &["'small'", "'grüße'", "''"]),
        case("ENUM('é', 'y') CHARACTER SET latin1", Wire::Enum, &["'é'", "'y'"]),
        case(format!("ENUM({})", many(300)), Wire::Enum, &["'m0'", "'m299'"]),
        case("SET('p', 'q', 'ü')", Wire::Set, &["''", "'p'", "'p,ü'", "'q,p,ü'"]),
        case(format!("SET({})", many(64)), Wire::Set, &["'m0,m63'", "'m31,m32'"]),
    ]
}

fn of_mariadb() -> Vec<Case> {
    vec![
        case(
            "UUID",
            Wire::Uuid,
            &[
                "'123e4567-e89b-12d3-a456-426614174000'",
                "'018f3a5e-7b1c-7abc-8def-0123456789ab'",
                "'00000000-0000-0000-0000-000000000000'",
            ],
        ),
        Case {
            select: "HEX(CAST(c AS BINARY(16)))".into(),
            ..case("INET6", Wire::Bytes, &["'::1'", "'fe80::'"])
        },
        Case {
            select: "HEX(CAST(c AS BINARY(4)))".into(),
            ..case("INET4", Wire::Bytes, &["'10.0.0.0'", "'255.1.2.3'"])
        },
        case("JSON", Wire::Json, &["'{\"a\": [1, 2.50, \"ü\"]}'", "'[]'"]),
    ]
}

fn of_mysql() -> Vec<Case> {
    let documents = [
        "'{\"a\": [1, 2.5, \"ü\", null, true, false, {\"b\": {}}], \"\": \"\"}'",
        "'[]'",
        "'\"scalar\"'",
        "'-1'",
        "'[32767, 32768, -32768, -32769, 65535, 65536, 2147483648, -2147483649]'",
        "'[4294967295, 4294967296, 9223372036854775807, 18446744073709551615, -9223372036854775808]'",
        "'[0.1, 1.0, 1e15, 1e16, 123456789012345.6, 1e-5, 0.0001, 1.5e-7, 1e100, 1.7976931348623157e308, -0.25]'",
        "'[1e-15, 1e-16, 1.2345678901234567e-15, 9.87654321e-16, -1.5e-20, 999999999999999.9, -0.0]'",
        "'[100000000000000000000, 1234567890123456789012, 1e14, 99999999999999.9]'",
        "'\"quote \\\\\" slash \\\\\\\\ / tab \\\\t nl \\\\n ctl \\\\u0001 \\\\u001f del\"'",
        "JSON_OBJECT('dec', CAST(-1.50 AS DECIMAL(5, 2)), 'whole', CAST(12 AS DECIMAL(30, 0)))",
        "JSON_ARRAY(CAST('2020-01-02 03:04:05.123456' AS DATETIME(6)), CAST('2020-01-02' AS DATE))",
        "JSON_ARRAY(CAST('-10:11:12.5' AS TIME(6)), CAST('838:59:59' AS TIME))",
        "JSON_OBJECT('bin', x'00ff10', 'blob', CAST('abc' AS BINARY), 'bit', b'101')",
        "JSON_OBJECT('big', REPEAT('x', 70000), 'k', 1)",
        "(SELECT JSON_ARRAYAGG(n) FROM (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) \
         SELECT n FROM r) AS numbers)",
        "JSON_OBJECT('a', REPEAT('y', 200), 'b', REPEAT('z', 20000), REPEAT('k', 300), 70000, 'c', -70000)",
    ];
    vec![
        case("JSON", Wire::Json, &documents),
        Case {
            select: "HEX(c)".into(),
            ..case("VECTOR(3)", Wire::Bytes, &["STRING_TO_VECTOR('[1, 2, 3]')"])
        },
    ]
}
