"""Names that say that a file holds a secret, and names of copies."""

import pytest

from notion_sync.selection.secret_names import original_of, says_secret


@pytest.mark.parametrize(
    ("name", "said"),
    [
        # A word for passwords at the end of the name, in a document or in a file of settings.
        ("passwords.txt", True),
        ("bank passwords.odt", True),
        ("my-password.docx", True),
        ("old_passwords.xlsx", True),
        ("passwörter.pdf", True),
        ("kennwort.md", True),
        ("contraseñas.numbers", True),
        ("mots de passe.csv", True),
        ("2fa backup.txt", True),
        ("github recovery-codes.txt", True),
        ("seed phrase.pdf", True),
        ("aws credentials.csv", True),
        # Only files of settings hold keys and tokens; a document speaks of them.
        ("api-key.md", True),
        ("api-key.pdf", False),
        ("client_secret.json", True),
        ("client secret.docx", False),
        ("notion token.txt", True),
        ("wallet.json", True),
        ("my wallet.json", True),
        ("his wallet.json", False),
        # The word is the last, and whole.
        ("password-policy.pdf", False),
        ("passwords of the sea.pdf", False),
        ("compasswords.txt", False),
        ("épasswords.txt", False),
        ("monkeys.txt", False),
        # Another kind of file, or none.
        ("passwords.mp4", False),
        ("passwords.jpg", False),
        ("passwords", False),
        (".txt", False),
        ("", False),
    ],
)
def test_the_last_word_of_a_documents_name_tells(name: str, said: bool) -> None:
    assert says_secret(name) is said


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("id_rsa.old", "id_rsa"),
        ("id_rsa.backup", "id_rsa"),
        ("id_rsa.1", "id_rsa"),
        ("id_rsa.999", "id_rsa"),
        ("id_rsa.2024", None),
        ("shadow.dpkg-old", "shadow"),
        ("secrets (1).txt", "secrets.txt"),
        ("secrets - copy.txt", "secrets.txt"),
        ("secrets copy", "secrets"),
        ("secrets copyright.txt", None),
        ("secrets.txt", None),
        ("old", None),
        ("", None),
    ],
)
def test_the_name_of_a_copy_leads_to_the_original(name: str, original: str | None) -> None:
    assert original_of(name) == original
