"""Which names stay at home unasked."""

import pytest

from notion_sync.built_in import built_in_reason, built_in_version

UNFINISHED = "built in: a download or copy that is not finished"
EDITOR = "built in: an editor's temporary or backup file"
LITTER = "built in: litter of the system or of a sync tool"
SECRET = "built in: it looks like a secret"
VERSION_CONTROL = "built in: version control"


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
