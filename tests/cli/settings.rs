//! Where settings come from, and which place wins.

use crate::harness::Sandbox;

const HALF_A_DAY: &str = "time,cpu\n2024-01-01T00:00:00Z,1\n2024-01-01T01:00:00Z,2\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("cpu.csv"), HALF_A_DAY).unwrap();
    std::fs::create_dir(sandbox.path("below")).unwrap();
    sandbox
}

/// The first letter of what `detect` writes: `{` for JSON, `f` for CSV, nothing for a table without incidents.
fn format(sandbox: &Sandbox, arguments: &str, variables: &[(&str, &str)]) -> String {
    let mut command = sandbox.command(&format!("detect ../cpu.csv {arguments}"));
    let output = command.current_dir(sandbox.path("below")).envs(variables.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().chars().take(1).collect()
}

#[test]
fn flags_win_over_variables_over_the_nearest_file_over_the_users_file() {
    let sandbox = sandbox();
    assert_eq!(format(&sandbox, "", &[]), "");
    let config = sandbox.path("config");
    std::fs::create_dir_all(config.join("trebuchet-ad")).unwrap();
    std::fs::write(config.join("trebuchet-ad/config.toml"), "format = \"json\"\n").unwrap();
    let user = [("XDG_CONFIG_HOME", config.to_str().unwrap())];
    assert_eq!(format(&sandbox, "", &user), "{");
    std::fs::write(sandbox.path("trebuchet.toml"), "format = \"csv\"\nthreads = 1\ncolor = \"never\"\n").unwrap();
    assert_eq!(format(&sandbox, "", &user), "f");
    let variables = [user[0], ("TREBUCHET_FORMAT", "json")];
    assert_eq!(format(&sandbox, "", &variables), "{");
    assert_eq!(format(&sandbox, "--format table", &variables), "");
}

#[test]
fn a_wrong_setting_is_named_with_its_place() {
    let cases = [
        ("threads = 0\n", "trebuchet.toml: threads must be a whole number from 1 to 1024, not '0'"),
        ("format = \"xml\"\n", "trebuchet.toml: format can't be 'xml'"),
        ("color = true\n", "trebuchet.toml: color can't be 'boolean'"),
        ("threads = 2\nthread = 3\n", "trebuchet.toml:2: unknown field `thread`"),
        ("threads = [\n", "trebuchet.toml:"),
    ];
    for (text, message) in cases {
        let sandbox = sandbox();
        std::fs::write(sandbox.path("trebuchet.toml"), text).unwrap();
        let outcome = sandbox.run("detect cpu.csv");
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{text}: {}", outcome.stderr);
    }
}

#[test]
fn the_clock_can_be_stopped_but_only_at_a_time() {
    let sandbox = sandbox();
    let run = |now: &str| sandbox.command("detect cpu.csv").env("TREBUCHET_NOW", now).output().unwrap();
    assert_eq!(run("2026-01-31T12:00:00+01:00").status.code(), Some(0));
    for bad in ["yesterday", "2026-01-31", "0026-01-31T12:00:00Z"] {
        let output = run(bad);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(&format!("TREBUCHET_NOW can't be '{bad}'")), "{stderr}");
    }
}
