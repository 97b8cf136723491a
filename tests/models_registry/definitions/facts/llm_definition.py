"""A language model with all that facts are derived from."""


def llm(**changes):
    record = {
        "version": 2,
        "model_name": "m",
        "context_length": 131072,
        "model_lang": ["en", "zh"],
        "model_ability": ["tools", "chat"],
        "model_description": "  A model.\n",
        "model_specs": [
            {
                "model_format": "ggufv2",
                "model_size_in_billions": "0_6",
                "activated_size_in_billions": 3,
                "model_src": {
                    "modelscope": {
                        "model_id": "O/M",
                        "quantizations": ["Q4"],
                        "model_file_name_template": "m-{quantization}.gguf",
                    },
                    "huggingface": {"model_id": "o/m-{quantization}", "quantizations": ["a", "b"]},
                },
            }
        ],
        "virtualenv": {"packages": ['vllm>=1 ; #engine# == "vLLM" or #engine# == "sglang"']},
    }
    return {**record, **changes}
