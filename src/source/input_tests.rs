use super::*;

fn discover(arguments: &[String]) -> Result<Vec<Input>> {
    super::discover(arguments, &Access::default())
}

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["b.csv", "a/x.csv", "a/y.json", "a/deep/z.csv", ".hidden", ".git/config"] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    folder
}

fn labels(arguments: &[String]) -> Vec<String> {
    discover(arguments).unwrap().into_iter().map(|input| input.label).collect()
}

#[test]
fn a_folder_gives_its_files_by_name_without_hidden_ones_and_links_to_folders() {
    let folder = tree();
    let root = folder.path().to_str().unwrap().to_owned();
    assert_eq!(labels(std::slice::from_ref(&root)), ["a/deep/z.csv", "a/x.csv", "a/y.json", "b.csv"]);
    let inputs = discover(&[format!("{root}/b.csv"), root.clone()]).unwrap();
    assert_eq!(inputs[0].label, format!("{root}/b.csv"));
    assert!(!inputs[0].from_directory && inputs[1].from_directory);
    assert_eq!(inputs.len(), 4, "a file that is named twice is read once");
}

#[test]
fn patterns_are_expanded_where_the_shell_did_not() {
    let folder = tree();
    let root = folder.path().to_str().unwrap().to_owned();
    assert_eq!(labels(&[format!("{root}/a/*.csv")]), [format!("{root}/a/x.csv")]);
    assert_eq!(labels(&[format!("{root}/**/*.csv")]).len(), 3);
    assert_eq!(labels(&[format!("{root}/*/[xy].*")]).len(), 2);
    assert_eq!(discover(&[format!("{root}/*.parquet")]).unwrap_err().to_string(), {
        format!("no file matches {}", name(&format!("{root}/*.parquet")))
    });
    fs::write(folder.path().join("odd[1].csv"), "x").unwrap();
    assert_eq!(labels(&[format!("{root}/odd[1].csv")]).len(), 1, "an existing file is no pattern");
}

#[test]
fn files_of_two_folders_with_the_same_name_are_told_apart() {
    let (one, two) = (tree(), tree());
    let paths = [one.path(), two.path()].map(|path| path.to_str().unwrap().to_owned());
    let labels = labels(&paths);
    assert_eq!(labels.len(), 8);
    assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), 8);
}

#[test]
fn a_missing_file_has_a_similar_one() {
    let folder = tree();
    let root = folder.path().to_str().unwrap();
    let error = discover(&[format!("{root}/a/x.cvs")]).unwrap_err();
    assert!(error.to_string().contains("no such file"), "{error}");
    assert!(error.hints()[0].starts_with("did you mean "), "{:?}", error.hints());
    let error = discover(&[format!("{root}/nothing/like/it")]).unwrap_err();
    assert!(!error.hints()[0].starts_with("did you mean"));
    assert_eq!((edits("kitten", "sitting"), edits("", "ab"), edits("ab", "ab")), (3, 2, 0));
}

#[test]
fn what_can_be_read_only_once_can_be_opened_twice() {
    let input = Input::once(&mut b"hello".as_slice(), "stdin").unwrap();
    let (mut one, mut two) = (input.open().unwrap(), input.open().unwrap());
    let mut text = String::new();
    one.read_to_string(&mut text).unwrap();
    two.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hellohello");
}

#[test]
fn named_pipes_are_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || File::create(path).unwrap().write_all(b"data").unwrap())
    };
    let inputs = discover(&[path.to_str().unwrap().to_owned()]).unwrap();
    writer.join().unwrap();
    for _ in 0..2 {
        assert_eq!(std::io::read_to_string(inputs[0].open().unwrap()).unwrap(), "data");
    }
}
