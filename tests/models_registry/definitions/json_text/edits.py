"""Random definitions, and edits of them such as people make, for property-based tests."""

import copy
import json

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
SCALARS = st.one_of(
    st.integers(0, 3), st.sampled_from([1.0, 3.0, 0.5]), st.booleans(), NAMES, st.none()
)
LISTS = st.lists(st.sampled_from(["en", "zh", "de", "fr", "ja"]), min_size=1, unique=True)
SOURCES = st.dictionaries(
    st.sampled_from(["huggingface", "modelscope", "csghub"]),
    st.fixed_dictionaries(
        {"model_id": NAMES, "quantizations": LISTS}, optional={"model_revision": NAMES}
    ),
    min_size=1,
)
SPECS = st.lists(
    st.fixed_dictionaries(
        {
            "model_format": st.sampled_from(["pytorch", "awq", "ggufv2"]),
            "model_size_in_billions": st.sampled_from([7, "0_5", 72]),
            "model_src": SOURCES,
        },
        optional={"model_metadata": st.dictionaries(NAMES, SCALARS)},
    ),
    min_size=1,
    max_size=4,
)
RECORD = st.fixed_dictionaries(
    {
        "version": st.just(2),
        "model_name": st.just("m"),
        "model_lang": LISTS,
        "model_specs": SPECS,
    },
    optional={
        "engine": st.sampled_from(["PyTorch", "MLX"]),
        "context_length": st.integers(1, 3),
        "stop_token_ids": st.lists(st.integers(0, 5), unique=True),
        "default_model_config": st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, max_size=3)),
        "chat_template": NAMES,
        "virtualenv": st.fixed_dictionaries(
            {
                "packages": st.lists(
                    st.sampled_from(["torch", "torch==1", "torch==2", 'vllm ; #engine# == "vllm"']),
                    unique=True,
                )
            }
        ),
        "updated_at": st.integers(1, 5),
    },
)
RECORDS = st.lists(RECORD, min_size=1, max_size=3)
LAYOUTS = st.sampled_from(
    [{"indent": 2}, {"indent": 4}, {"indent": "\t"}, {"separators": (",", ":")}, {}]
)
NEWLINES = st.sampled_from(["\n", "\r\n"])


@st.composite
def texts(draw, records):
    """A text of these records in any layout."""
    written = json.dumps(records, ensure_ascii=False, **draw(LAYOUTS)) + "\n"
    return written.replace("\n", draw(NEWLINES))


def containers(value):
    """Every object and array of a value, the inner ones too."""
    if isinstance(value, (dict, list)):
        yield value
        for one in value.values() if isinstance(value, dict) else value:
            yield from containers(one)


@st.composite
def edited(draw, records, most=4):
    """The records after a few edits: values changed, added, removed, moved, records added."""
    records = copy.deepcopy(records)
    for _ in range(draw(st.integers(0, most))):
        kind = draw(st.integers(0, 5))
        if kind == 0:
            records.append(draw(RECORD))
            continue
        inner = draw(st.sampled_from(list(containers(records))))
        if isinstance(inner, dict) and inner:
            key = draw(st.sampled_from(sorted(inner)))
            if kind == 1:
                inner.pop(key)
            elif kind == 2 or isinstance(inner[key], (dict, list)):
                inner[draw(NAMES)] = draw(SCALARS)
            else:
                inner[key] = draw(SCALARS)
        elif isinstance(inner, list) and inner:
            place = draw(st.integers(0, len(inner) - 1))
            if kind in (1, 2) and len(inner) > 1:
                inner.pop(place)
            elif kind == 3:
                inner.append(inner.pop(place))
            elif isinstance(inner[place], str):
                added = draw(st.sampled_from(["x", "y", "torch==3"]))
                if added not in inner:
                    inner.insert(place, added)
    return records
