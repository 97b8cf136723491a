"""Definitions to break, and what the schema says of them."""

from models_registry.definitions.checks.schema import validate
from models_registry.definitions.json_text.document import parse, write


def llm(**changes):
    source = {"model_id": "o/m", "quantizations": ["none"]}
    record = {
        "version": 2,
        "model_name": "m",
        "context_length": 8192,
        "model_lang": ["en"],
        "model_ability": ["chat"],
        "model_specs": [
            {
                "model_format": "pytorch",
                "model_size_in_billions": 7,
                "model_src": {"huggingface": source},
            }
        ],
        **changes,
    }
    return {key: value for key, value in record.items() if value is not ...}


def problems(model_type, *records):
    return validate(model_type, parse(write(records)))


def the_problem(model_type, *records):
    (problem,) = problems(model_type, *records)
    return problem
