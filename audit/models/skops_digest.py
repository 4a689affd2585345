"""What tells one fitted estimator from another: its skops dump, without what changes by chance."""

import io
import json
import zipfile
from typing import Any, Final

from audit.files import sha256_of

_CHANCE: Final = frozenset({"__id__", "_skops_version"})
"""The places of objects in memory, and the version of the writer."""


_SHOWN: Final = frozenset({"numpy", "scipy", "sklearn"})
"""Packages whose types are dumped with all that they answer by."""


def digest_of(estimator: Any) -> str:  # noqa: ANN401 - scikit-learn has no types
    """Return a digest that is the same for the same estimator in any process.

    Parameters
    ----------
    estimator : object
        Fitted.

    Returns
    -------
    str
        sha256 of the dump's schema and arrays; "" if skops is not installed or cannot dump it, or
        if a type in it, such as a function of the client's own, may answer by what no dump shows.

    """
    try:
        import skops.io

        content = skops.io.dumps(estimator)
        strange = skops.io.get_untrusted_types(data=content)
    except Exception:  # noqa: BLE001 - whatever the estimator holds, it has then no digest
        return ""
    if any(name.partition(".")[0] not in _SHOWN for name in strange):
        return ""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: sha256_of(archive.read(name)) for name in archive.namelist()}
        schema = json.loads(archive.read("schema.json"))
    return sha256_of(json.dumps(_lasting(schema, files), sort_keys=True).encode())


def _lasting(node: Any, files: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Leave out the places in memory; name a file, which is named by one, by its content."""
    if isinstance(node, list):
        return [_lasting(each, files) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: files.get(value, value) if key == "file" else _lasting(value, files)
        for key, value in node.items()
        if key not in _CHANCE
    }
