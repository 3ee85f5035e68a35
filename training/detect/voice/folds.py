"""What is left out together. A fold leaves out a source with its recordings, its vocoders wherever else they occur, and
speakers that it shares with other sets: LJSpeech's voice is in three of them."""

FAMILIES = {
    "unimelgan": {"melgan", "waveglow", "wavenet", "wavernn"},
    "hifigan": {"melgan", "waveglow", "wavenet", "hifigan"},
    "bigvgan": {"hifigan", "wavernn", "bigvgan"},
}

# What choices are never made on.
SETS = {"unimelgan", "hifigan", "bigvgan", "ravdess"}

FOLDS = ["unimelgan", "hifigan", "bigvgan", "acted", "lj", "prompts"]


def family(generator):
    g = generator.lower()
    if g.startswith(("hgan", "hifigan", "bighifigan", "mrd_snake", "univnet", "bigvgan")):
        return "bigvgan" if g.startswith("bigvgan") else "hifigan"
    if g.startswith(("mg", "melgan", "as_mg")):
        return "melgan"
    if g.startswith(("wg", "waveglow")):
        return "waveglow"
    if g.startswith(("wn", "wavenet")):
        return "wavenet"
    if "wavernn" in g:
        return "wavernn"
    return g


def place(source):
    """Words and letters come in many languages with a few files each: one source, as the volunteers may be the same."""
    return "words" if source.startswith(("words", "letters")) else source


def kind(it):
    """What made a piece: `real`, one of vocoders.py, `fargan`, `learned-hifi` and so on, or the family of a set's vocoder."""
    if it["class"] == "real":
        return "real"
    if it["class"] == "fake":
        return family(it["generator"])
    return "-".join(it["generator"].split("-")[:2]) if it["generator"].startswith("learned") else it["generator"]


def is_lj(it):
    name = it.get("clip") or it["id"]
    if it["source"] == "hifigan":
        return "samples_ss_" in name or "samples_e2e_" in name or "samples_as2_" in name
    return it["source"] == "ljspeech" or (it["source"] == "unimelgan" and "seen_single" in name)


def left_out(it, fold):
    """Whether the recording behind a clip or piece belongs to the fold's test side."""
    source = it["source"]
    if fold in FAMILIES:
        return source == fold
    if fold == "acted":
        return source in ("ravdess", "grid", "jfk")
    if fold == "lj":
        return is_lj(it)
    if fold == "prompts":
        return source in ("asterisk-fr", "asterisk-es", "fillets-nl") or source.startswith("words")
    return False


def keep(it, fold):
    """Whether a piece may be trained on."""
    if fold == "all":
        return True
    if left_out(it, fold):
        return False
    # Whoever read words for one of the two programs may have read letters for the other.
    if fold == "prompts" and it["source"].startswith("letters"):
        return False
    if fold in FAMILIES:
        if it["class"] == "fake" and family(it["generator"]) in FAMILIES[fold]:
            return False
        # The single speaker of two of the sets.
        if fold != "bigvgan" and is_lj(it):
            return False
    return True


def tested(clip, fold):
    return left_out(clip, fold)
