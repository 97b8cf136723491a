"""Well-known repositories as their own files and the hubs' APIs describe them, shortened."""

from __future__ import annotations

from models_registry.definitions.json_text.document import parse
from models_registry.definitions.prefill.facts import RepositoryFacts, RepositoryFile
from models_registry.definitions.prefill.repository import definition_from

SHA = "c1899de289a04d12100db370d81485cdf75e47ca"
QWEN3_TEMPLATE = (
    "{%- if tools %}{{- '<|im_start|>system\\n# Tools' }}{%- endif %}"
    "{%- for message in messages %}{{- message.content.split('</think>')[-1] }}{%- endfor %}"
    "{%- if enable_thinking is defined and enable_thinking is false %}"
    "{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}"
)
QWEN_TOKENS = {
    "added_tokens_decoder": {
        "151643": {"content": "<|endoftext|>", "special": True},
        "151644": {"content": "<|im_start|>", "special": True},
        "151645": {"content": "<|im_end|>", "special": True},
    },
    "eos_token": "<|im_end|>",
    "model_max_length": 131072,
}
GB = 1_000_000_000


def files(*named):
    """Files of a repository: paths, or (path, size)."""
    return tuple(
        RepositoryFile(one) if isinstance(one, str) else RepositoryFile(*one) for one in named
    )


def facts(model_id, **values):
    """Facts of a repository on Hugging Face, at a commit."""
    return RepositoryFacts(
        **{"hub": "huggingface", "model_id": model_id, "revision": SHA, **values}
    )


def guessed(facts, model_type="llm"):
    """The guess for a repository, and its one record."""
    guess = definition_from(facts, model_type)
    return guess, parse(guess.text).records[0]


def only_source(record):
    """The one source of the one spec of a record."""
    (spec,) = record["model_specs"]
    (source,) = spec["model_src"].values()
    return spec, source


QWEN3 = facts(
    "Qwen/Qwen3-0.6B",
    files=files("README.md", "config.json", ("model.safetensors", 1_503_300_328)),
    config={
        "architectures": ["Qwen3ForCausalLM"],
        "eos_token_id": 151645,
        "hidden_size": 1024,
        "max_position_embeddings": 40960,
        "model_type": "qwen3",
        "rope_scaling": None,
        "torch_dtype": "bfloat16",
    },
    generation_config={"eos_token_id": [151645, 151643], "temperature": 0.6},
    tokenizer_config=QWEN_TOKENS,
    chat_template=QWEN3_TEMPLATE,
    card={"license": "apache-2.0", "library_name": "transformers"},
    card_text=(
        '# Qwen3-0.6B\n<a href="https://chat.qwen.ai/"><img src="x.svg"/></a>\n\n'
        "## Qwen3 Highlights\n\nQwen3 is the latest generation of [large language models]"
        "(https://qwen.ai) in **Qwen** series. It offers a comprehensive suite of models.\n\n- a\n"
    ),
    task="text-generation",
    tags=("transformers", "safetensors", "qwen3"),
    parameters={"BF16": 751632384},
)

LLAMA_GGUF = facts(
    "bartowski/Meta-Llama-3.1-70B-Instruct-GGUF",
    files=files(
        ".gitattributes",
        "Meta-Llama-3.1-70B-Instruct-IQ2_M.gguf",
        "Meta-Llama-3.1-70B-Instruct-Q4_K_M.gguf",
        "Meta-Llama-3.1-70B-Instruct-Q6_K/Meta-Llama-3.1-70B-Instruct-Q6_K-00001-of-00002.gguf",
        "Meta-Llama-3.1-70B-Instruct-Q6_K/Meta-Llama-3.1-70B-Instruct-Q6_K-00002-of-00002.gguf",
        "Meta-Llama-3.1-70B-Instruct-Q8_0/Meta-Llama-3.1-70B-Instruct-Q8_0-00001-of-00002.gguf",
        "Meta-Llama-3.1-70B-Instruct-Q8_0/Meta-Llama-3.1-70B-Instruct-Q8_0-00002-of-00002.gguf",
        "Meta-Llama-3.1-70B-Instruct.imatrix",
        "README.md",
    ),
    card={"language": ["en", "de", "fr"], "license": "llama3.1"},
    gguf={
        "total": 70553706560,
        "architecture": "llama",
        "context_length": 131072,
        "eos_token": "<|eot_id|>",
    },
    chat_template="{{- bos_token }}{%- if tools is not none %}Environment: ipython{%- endif %}",
    task="text-generation",
    tags=("gguf",),
)

QWEN_AWQ = facts(
    "Qwen/Qwen2.5-7B-Instruct-AWQ",
    files=files(
        ("model-00001-of-00002.safetensors", 3_990_000_000),
        ("model-00002-of-00002.safetensors", 1_580_000_000),
    ),
    config={
        "architectures": ["Qwen2ForCausalLM"],
        "max_position_embeddings": 32768,
        "model_type": "qwen2",
        "quantization_config": {
            "bits": 4, "group_size": 128, "modules_to_not_convert": None,
            "quant_method": "awq", "version": "gemm", "zero_point": True,
        },
        "torch_dtype": "float16",
    },
    chat_template="{%- if tools %}x{%- endif %}",
    tokenizer_config=QWEN_TOKENS,
    parameters={"F16": 1_100_000_000, "I32": 815_000_000},
)  # fmt: skip

QWEN_FP8 = facts(
    "Qwen/Qwen3-30B-A3B-Instruct-2507-FP8",
    files=files(("model-00001-of-00004.safetensors", 10 * GB)),
    config={
        "architectures": ["Qwen3MoeForCausalLM"],
        "max_position_embeddings": 262144,
        "model_type": "qwen3_moe",
        "num_experts": 128,
        "quantization_config": {
            "activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
            "weight_block_size": [128, 128],
        },
    },
    chat_template="{%- if tools %}x{%- endif %}",
    tokenizer_config=QWEN_TOKENS,
    parameters={"F8_E4M3": 29_900_000_000, "BF16": 625_000_000},
)  # fmt: skip

QWEN_MLX = facts(
    "mlx-community/Qwen3-8B-4bit",
    files=files(("model.safetensors", 4_610_000_000), "model.safetensors.index.json"),
    config={
        "architectures": ["Qwen3ForCausalLM"],
        "max_position_embeddings": 40960,
        "model_type": "qwen3",
        "quantization": {"group_size": 64, "bits": 4},
        "quantization_config": {"group_size": 64, "bits": 4},
    },
    chat_template=QWEN3_TEMPLATE,
    tokenizer_config=QWEN_TOKENS,
    tags=("mlx", "safetensors"),
    parameters={"BF16": 256_000_000, "U32": 1_023_000_000},
)

QWEN_VL = facts(
    "Qwen/Qwen2.5-VL-7B-Instruct",
    files=files(("model-00001-of-00005.safetensors", 4 * GB)),
    config={
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "max_position_embeddings": 128000,
        "model_type": "qwen2_5_vl",
        "vision_config": {"depth": 32, "hidden_size": 1280},
    },
    chat_template="{% for message in messages %}<|vision_start|>{% endfor %}",
    generation_config={"eos_token_id": [151645, 151643]},
    tokenizer_config=QWEN_TOKENS,
    task="image-text-to-text",
    parameters={"BF16": 8_292_166_656},
)

GEMMA_GGUF = facts(
    "unsloth/gemma-3-4b-it-GGUF",
    files=files(
        "gemma-3-4b-it-BF16.gguf",
        "gemma-3-4b-it-Q4_K_M.gguf",
        "gemma-3-4b-it-UD-Q4_K_XL.gguf",
        "mmproj-BF16.gguf",
        "mmproj-F16.gguf",
        "imatrix_unsloth.gguf",
    ),
    gguf={"total": 3_880_099_328, "architecture": "gemma3", "context_length": 131072},
    chat_template="{{ bos_token }}",
)

BGE_M3 = facts(
    "BAAI/bge-m3",
    files=files("pytorch_model.bin", "1_Pooling/config.json", "sentence_bert_config.json"),
    config={
        "architectures": ["XLMRobertaModel"],
        "hidden_size": 1024,
        "max_position_embeddings": 8194,
        "model_type": "xlm-roberta",
    },
    sentence_bert_config={"max_seq_length": 8192, "do_lower_case": False},
    pooling={"word_embedding_dimension": 1024, "pooling_mode_cls_token": True},
    tokenizer_config={"model_max_length": 8192},
    card={"pipeline_tag": "sentence-similarity", "license": "mit"},
    task="sentence-similarity",
    tags=("sentence-transformers",),
)

BGE_RERANKER = facts(
    "BAAI/bge-reranker-base",
    files=files("model.safetensors"),
    config={
        "architectures": ["XLMRobertaForSequenceClassification"],
        "hidden_size": 768,
        "max_position_embeddings": 514,
        "model_type": "xlm-roberta",
    },
    card={"language": ["en", "zh"]},
    task="text-classification",
)

WHISPER = facts(
    "openai/whisper-large-v3",
    files=files("model.safetensors", "model.fp32-00001-of-00002.safetensors"),
    config={"architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper"},
    card={"language": ["en", "zh", "de", False]},
    task="automatic-speech-recognition",
)

FLUX = facts(
    "black-forest-labs/FLUX.1-schnell",
    files=files("flux1-schnell.safetensors", "model_index.json"),
    model_index={"_class_name": "FluxPipeline", "_diffusers_version": "0.30.0.dev0"},
    task="text-to-image",
)

WAN = facts(
    "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers",
    files=files("model_index.json"),
    model_index={"_class_name": "WanImageToVideoPipeline"},
    task="image-to-video",
)
