"""`groundwire backup`, `restore`, `rescue` and `upgrade`: libraries kept, saved and renewed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ui.options import debug_option, library_option, lock_option
from ui.terminal import agreed, progress, show


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@library_option
@debug_option
def backup(folder: Path, library: str | None) -> None:
    """Copy the library, also while in use.

    FOLDER must not exist yet. The library may be used, and written to, meanwhile; the copy is
    what it holds at one moment. It has no vector index: that is made anew when the copy is
    restored or written to.
    """
    from ingest import backup as copies
    from ingest.library import Library
    from ui.settings import load_settings

    with Library.open(load_settings(library=library).library) as opened:
        copies.backup(opened, folder)
        show(f"The library {str(opened.folder)!r} was copied to {str(folder)!r}.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@library_option
@click.option("--yes", is_flag=True, help="Do not ask first.")
@lock_option
@debug_option
def restore(folder: Path, yes: bool, **flags: Any) -> None:
    """Put a backup in the place of the library.

    Nothing is embedded again. What was ingested after the backup is lost. Start again what has
    the library open.
    """
    from ingest import backup as copies
    from ingest.errors import LibraryError
    from ui.settings import load_settings

    settings = load_settings(**flags)
    place = str(settings.library)
    if settings.library.exists() and not yes and not agreed(f"Replace the library {place!r}?"):
        raise LibraryError("Nothing was restored.", remedy="With --yes nothing is asked.")
    aside = copies.restore(folder, settings.library, timeout_s=settings.lock_timeout_s)
    show(f"The library {place!r} is what {str(folder)!r} holds.")
    if aside is not None:
        show(f"Its damaged catalog was set aside as {str(aside)!r}.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@library_option
@debug_option
def rescue(folder: Path, library: str | None) -> None:
    """Save what can be read of a damaged library.

    It goes into a new library in FOLDER. The damaged library is not changed. A backup, if there
    is one, is the better remedy.
    """
    from ingest import backup as copies
    from ui.settings import load_settings

    saved = copies.rescue(load_settings(library=library).library, folder)
    total = saved.whole + len(saved.embedded_again)
    show(
        f"{total} articles were saved to {str(folder)!r}, {len(saved.embedded_again)} of them"
        f" embedded again; {saved.lost} were seen that cannot be read."
    )


@click.command()
@library_option
@lock_option
@debug_option
def upgrade(**flags: Any) -> None:
    """Bring a library of an older version to the newest.

    Its format is changed wholly or not at all. Then its articles are split into sentences and
    passages as this version does; only passages that are new by that are embedded. What has the
    library open is started again afterwards.
    """
    from ingest.library import Library, LibraryWriter
    from ingest.manifest import FORMAT
    from ingest.upgrade import split_anew
    from ingest.upgrade import upgrade as bring_on
    from ui.settings import load_settings

    settings = load_settings(**flags)
    place = str(settings.library)
    if bring_on(settings.library, timeout_s=settings.lock_timeout_s):
        show(f"The library {place!r} now has format {FORMAT}.")
    else:
        show(f"The library {place!r} has the newest format, {FORMAT}, already.")
    Library.open(settings.library).close()  # an error if its catalog is gone
    with LibraryWriter.open(settings.library, timeout_s=settings.lock_timeout_s) as library:
        with progress("Splitting", "article") as advance:
            done = split_anew(library, advance)
        total = library.count_articles()
    show(
        f"Articles split anew: {done.articles:,} of {total:,}; passages embedded for that:"
        f" {done.embedded:,}."
    )
