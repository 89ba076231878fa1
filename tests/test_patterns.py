"""Which names patterns name, and which stay at home unasked."""

import pytest

from notion_sync.patterns import Patterns, built_in_reason, built_in_version

UNFINISHED = "built in: a download or copy that is not finished"
EDITOR = "built in: an editor's temporary or backup file"
LITTER = "built in: litter of the system or of a sync tool"
SECRET = "built in: it looks like a secret"
VERSION_CONTROL = "built in: version control"


@pytest.mark.parametrize(
    ("lines", "path", "folder", "verdict"),
    [
        ((), "a.png", False, None),
        (("*.png",), "a.png", False, True),
        (("*.png",), "deep/below/a.png", False, True),
        (("*.png",), "a.jpg", False, None),
        (("*.jpg",), "IMG_1.JPG", False, True),
        (("*.JPG",), "img_1.jpg", False, True),
        (("/a.png",), "a.png", False, True),
        (("/a.png",), "b/a.png", False, None),
        (("b/*.png",), "b/a.png", False, True),
        (("b/*.png",), "c/b/a.png", False, None),
        (("**/b/*.png",), "c/b/a.png", False, True),
        (("build/",), "build", True, True),
        (("build/",), "build", False, None),
        (("build/",), "build/a.txt", False, True),
        (("*.log", "!keep.log"), "a.log", False, True),
        (("*.log", "!keep.log"), "keep.log", False, False),
        (("!keep.log", "*.log"), "keep.log", False, True),
        (("caf\u00e9.txt",), "cafe\u0301.txt", False, True),
        (("cafe\u0301.txt",), "caf\u00e9.txt", False, True),
        (("*.png",), "\udcff.png", False, True),
        (("*.png",), "two\nlines.png", False, True),
        (("[[]x[]]",), "[x]", False, True),
        (("IMG_[0-9]*",), "img_7.png", False, True),
    ],
)
def test_verdict(lines: tuple[str, ...], path: str, folder: bool, verdict: bool | None) -> None:
    """The last pattern that matches decides, whatever the case and the Unicode form."""
    assert Patterns(lines).verdict(path, folder=folder) is verdict


def test_decider() -> None:
    """The line that decided is named as the user wrote it."""
    patterns = Patterns(("*.LOG", "!keep.log"))
    assert patterns.decider("a.log") == "*.LOG"
    assert patterns.decider("keep.log") == "!keep.log"
    assert patterns.decider("a.txt") is None
    assert Patterns().decider("a.txt") is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("*.png", None),
        ("!/a/**/b?.txt", None),
        ("[a-z]*", None),
        ("[[a]", None),
        ("a b", None),
        ("ä*", None),
        ("\\#x", None),
        ("!", '"!" is not a gitignore pattern'),
        ("a\\", '"a\\" is not a gitignore pattern'),
        ("[z-a]", '"[z-a]" is not a gitignore pattern'),
        ("[", '"[" is a gitignore pattern that names nothing'),
        ("/", '"/" is a gitignore pattern that names nothing'),
        ("#x", '"#x" is a comment in gitignore syntax; write "\\#x" for names that begin with #'),
        ("", "the pattern is empty"),
        ("  ", "the pattern is empty"),
    ],
)
def test_problems(line: str, problem: str | None) -> None:
    """A pattern that cannot be used, or does nothing, is reported with the reason."""
    assert list(Patterns(("*.ok", line)).problems()) == ([] if problem is None else [(1, problem)])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("movie.mp4.part", UNFINISHED),
        ("movie.mp4.part-Frag12", UNFINISHED),
        ("Unconfirmed 123.crdownload", UNFINISHED),
        ("x.zip.partial", UNFINISHED),
        ("x.filepart", UNFINISHED),
        ("x.!qB", UNFINISHED),
        ("x.aria2", UNFINISHED),
        ("upload.tmp", UNFINISHED),
        (".syncthing.report.pdf.tmp", UNFINISHED),
        (".report.pdf.Xa4f0Q", UNFINISHED),
        (".fuse_hidden000123", UNFINISHED),
        (".pending-1700000000-IMG.jpg", UNFINISHED),
        ("letter.odt~", EDITOR),
        ("~$letter.docx", EDITOR),
        (".~lock.letter.odt#", EDITOR),
        ("#notes.txt#", EDITOR),
        (".#notes.txt", EDITOR),
        (".notes.txt.swp", EDITOR),
        ("notes.swp", EDITOR),
        ("notes.txt.bak", EDITOR),
        ("page.html___jb_tmp___", EDITOR),
        (".DS_Store", LITTER),
        ("._photo.jpg", LITTER),
        ("Thumbs.db", LITTER),
        ("desktop.ini", LITTER),
        ("Icon\r", LITTER),
        (".trashed-1700000000-IMG.jpg", LITTER),
        (".git", VERSION_CONTROL),
        (".env", SECRET),
        (".env.production", SECRET),
        (".envrc", SECRET),
        ("prod.env", SECRET),
        ("server.pem", SECRET),
        ("SERVER.KEY", SECRET),
        ("id_rsa", SECRET),
        ("id_ed25519", SECRET),
        ("deploy_ed25519", SECRET),
        ("ssh_host_rsa_key", SECRET),
        ("Passwords.kdbx", SECRET),
        ("login.keyring", SECRET),
        ("login.keychain-db", SECRET),
        ("user.keystore", SECRET),
        ("my-secret-key.asc", SECRET),
        ("credentials", SECRET),
        ("credentials.json", SECRET),
        ("client_secret_123.apps.googleusercontent.com.json", SECRET),
        ("service-account-prod.json", SECRET),
        ("rootkey.csv", SECRET),
        ("alice_accessKeys.csv", SECRET),
        ("Chrome Passwords.csv", SECRET),
        ("github-recovery-codes.txt", SECRET),
        ("terraform.tfstate", SECRET),
        (".bash_history", SECRET),
        ("wg0.conf", SECRET),
        ("UTC--2016-01-01T00-00-00Z--abc", SECRET),
        # What a first thought would have caught with them.
        ("report.pdf", None),
        (".hidden.config", None),
        (".notes.backup", None),
        (".holiday.2024.202401", None),
        ("animation.swf", None),
        ("Main.swift", None),
        ("Cargo.lock", None),
        ("poetry.lock", None),
        ("4913", None),
        ("part", None),
        ("key", None),
        ("tmp", None),
        ("a.keys.txt", None),
        ("release.tar.gz.asc", None),
        ("archive.tar.gpg", None),
        ("movie.part1.rar", None),
        ("cert.crt", None),
        ("environment.yml", None),
        ("credentials of the speakers.docx", None),
        ("how to make a private key.pdf", None),
        ("passwords explained.pdf", None),
        ("secrets of the sea.mp4", None),
        ("CVs", None),
        ("\udcff.png", None),
        ("", None),
    ],
)
def test_built_in_files(name: str, reason: str | None) -> None:
    """Unfinished, temporary, littering and secret files stay at home; their look-alikes do not."""
    assert built_in_reason(name) == reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".git", VERSION_CONTROL),
        (".hg", VERSION_CONTROL),
        (".svn", VERSION_CONTROL),
        (".ssh", SECRET),
        (".aws", SECRET),
        (".gnupg", SECRET),
        (".kube", SECRET),
        ("keyrings", SECRET),
        ("Talk.pdf.download", UNFINISHED),
        ("$RECYCLE.BIN", LITTER),
        ("@eaDir", LITTER),
        ("__MACOSX", LITTER),
        (".Trash-1000", LITTER),
        ("CVs", None),
        ("CVS", None),
        ("git", None),
        ("photos.key", None),
        ("notes~", None),
        ("Photos", None),
    ],
)
def test_built_in_folders(name: str, reason: str | None) -> None:
    """Folders of version control, litter and secrets are not even entered."""
    assert built_in_reason(name, folder=True) == reason


def test_version_is_stable() -> None:
    """The table's version is the same whenever it is asked for."""
    assert built_in_version() == built_in_version()
    assert len(built_in_version()) == 64
