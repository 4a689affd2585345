"""Which language a text is written in, as py3langid tells it."""

from collections import Counter
from functools import cache
from typing import Any, Final

from audit.packages import needed
from audit.texts import Texts
from audit_checks.drift.reading import Categories

LANGUAGE: Final = "language"
UNCLEAR: Final = "unclear"
_NO_LANGUAGE: Final = {"und", "zxx"}
"""Undetermined, and no linguistic content, as in a code of digits and letters."""
_LEAST: Final = 0.5
"""The probability of a language: it is then likelier than all others together."""


def languages_of(texts: Texts) -> Categories:
    """Count the languages of texts.

    Returns
    -------
    Categories
        By ISO 639 code, or "unclear" where no language has a probability of a half, as in texts
        of one short word or of digits alone, or where there is none.

    Raises
    ------
    PackageMissingError
        If py3langid is not installed.

    Notes
    -----
    The classifier is that of M. Lui and T. Baldwin (2012), "langid.py: an off-the-shelf language
    identification tool", ACL system demonstrations, trained anew for 139 languages. It says one
    language of a text that is written in two.

    Examples
    --------
    >>> from audit.draws import keys_of
    >>> from audit.texts import as_array
    >>> held = as_array(["A lovely dress that fits well", "Das Kleid ist mir zu eng", "ok"])
    >>> dict(languages_of(Texts(values=held, keys=keys_of("abc"))).rows)
    {'en': 1, 'de': 1, 'unclear': 1}

    """
    known = identifier()
    codes = (known.classify(text)[0] for text in texts.values)
    rows = Counter(UNCLEAR if code in _NO_LANGUAGE else str(code) for code in codes)
    return Categories(rows=rows, distinct=len(rows), present=len(texts), missing=0)


@cache
def identifier() -> Any:  # noqa: ANN401 - py3langid has no types
    """Load the classifier once."""
    langid = needed("py3langid.langid")
    return langid.LanguageIdentifier.from_model_file(
        langid.MODEL_FILE, norm_probs=True, min_confidence=_LEAST
    )
