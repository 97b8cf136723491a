"""Label, help and example of each field of a definition.

The meaning of the fields is from Xinference 4.1.0's packages.
"""

from dataclasses import dataclass
from typing import Final

from models_registry.definitions.json_text.messages import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Help:
    """Label, help and example of a field; `suggestions` names a list of `field_help`."""

    label: str
    help: str = ""
    example: str = ""
    suggestions: str = ""


HELP: Final[dict[str, Help]] = {
    "version": Help(
        _("Schema version"), _("The version of the definition's format. Leave it as it is.")
    ),
    "model_name": Help(
        _("Name"),
        _("What people type to launch it. Letters, digits, dots, hyphens and underscores."),
        "qwen3-instruct",
    ),
    "model_description": Help(
        _("Description"),
        _("One or two sentences: who made it, what it is good at."),
        _("A small language model for chat and tool use."),
    ),
    "virtualenv": Help(
        _("Python packages"),
        _("What Xinference installs into the model's own environment before it starts."),
    ),
    "cache_config": Help(
        _("Files to download"), _("Which files of the repository are fetched, if not all of them.")
    ),
    "model_family": Help(
        _("Family"),
        _("The name under which Xinference knows the code that runs this model."),
    ),
    "image:record/model_family": Help(
        _("Family"),
        _("Which code runs the model: stable_diffusion for diffusers pipelines, or ocr."),
        "stable_diffusion",
        "image_families",
    ),
    "audio:record/model_family": Help(
        _("Family"), _("Which code runs the model."), "whisper", "audio_families"
    ),
    "video:record/model_family": Help(
        _("Family"), _("Which code runs the model."), "Wan", "video_families"
    ),
    "world:record/model_family": Help(
        _("Family"),
        _("The project that it belongs to. A model without a name goes by this one."),
        "HY-WorldPlay",
    ),
    "model_ability": Help(_("Abilities"), _("What the model can do. Users filter by it.")),
    "model_lang": Help(
        _("Languages"),
        _("One code a line, the most important first. “multilingual” for very many."),
        "en",
        "languages",
    ),
    "embedding:record/language": Help(
        _("Languages"), _("One code a line, the most important first."), "en", "languages"
    ),
    "rerank:record/language": Help(
        _("Languages"), _("One code a line, the most important first."), "en", "languages"
    ),
    "audio:record/language": Help(
        _("Language"), _("The one language of a model that speaks only one."), "EN"
    ),
    "context_length": Help(
        _("Context length"),
        _("How many tokens fit into one conversation: max_position_embeddings in config.json."),
        "32768",
    ),
    "max_tokens": Help(
        _("Longest input"), _("How many tokens of a text the model reads at most."), "8192"
    ),
    "dimensions": Help(_("Dimensions"), _("How many numbers one embedding has."), "1024"),
    "type": Help(
        _("Kind of reranker"),
        _("“normal” for cross-encoders; the LLM-based ones answer with the token “yes” or “no”."),
    ),
    "model_type": Help(
        _("Model type"), _("The value of model_type in the repository's config.json."), "qwen3"
    ),
    "architectures": Help(
        _("Architectures"),
        _("The classes that config.json names under architectures; engines choose by them."),
        "Qwen3ForCausalLM",
    ),
    "chat_template": Help(
        _("Chat template"),
        _("The Jinja template that makes one prompt of a chat: see tokenizer_config.json."),
    ),
    "stop": Help(
        _("Stop texts"),
        _('Generation ends at one of these. One a line; write "\\n" in quotes for a line break.'),
        "<|im_end|>",
    ),
    "stop_token_ids": Help(
        _("Stop token ids"),
        _("The numbers of the tokens that end generation, with spaces between."),
        "151643 151645",
    ),
    "reasoning_start_tag": Help(
        _("Reasoning starts with"), _("The tag in front of the model's thinking."), "<think>"
    ),
    "reasoning_end_tag": Help(
        _("Reasoning ends with"), _("The tag after the model's thinking."), "</think>"
    ),
    "tool_parser": Help(
        _("Tool parser"),
        _("How tool calls are read out of an answer: the name of one of Xinference's parsers."),
        "qwen",
        "tool_parsers",
    ),
    "is_built_in": Help(_("Built in"), _("A field of older catalogues. Servers don't read it.")),
    "prompt_style": Help(
        _("Prompt style"), _("How older versions wrote prompts. New models have a chat template.")
    ),
    "prompt_style/style_name": Help(_("Style"), _("The name of the style."), "CHATML"),
    "prompt_style/system_prompt": Help(
        _("System prompt"), _("The text that every chat begins with.")
    ),
    "prompt_style/roles": Help(_("Roles"), _("The two names in a chat, one a line."), "user"),
    "prompt_style/stop": Help(_("Stop texts"), _("One a line."), "<|im_end|>"),
    "model_specs": Help(
        _("Variants"),
        _("One for each format and size in which the weights can be had."),
    ),
    "world:record/model_specs": Help(
        _("Variants"),
        _("Named variants of one family; then the model needs no sources of its own."),
    ),
    "image:record/model_specs": Help(
        _("Variants"), _("One for each format, in place of sources for the whole model.")
    ),
    "model_format": Help(
        _("Format"), _("How the weights are stored; it decides which engines can run them.")
    ),
    "model_size_in_billions": Help(
        _("Size (billions)"),
        _("Billions of parameters. Half a billion is 0_5."),
        "7",
    ),
    "activated_size_in_billions": Help(
        _("Active size (billions)"),
        _("Only for mixtures of experts: how many billions work on each token."),
        "3",
    ),
    "model_specs/quantizations": Help(
        _("Quantizations (old)"), _("A field of older catalogues. Each source has its own list.")
    ),
    "model_specs/model_name": Help(
        _("Name of the variant"), _("What people type to launch this variant."), "My-World-14B-Fast"
    ),
    "model_specs/model_file_name_template": Help(
        _("File name"), _("The name of the GGUF file."), "model-{quantization}.gguf"
    ),
    "model_src": Help(_("Sources"), _("Where the weights are fetched from.")),
    "model_id": Help(
        _("Repository"), _("Owner and name, as in the hub's address."), "Qwen/Qwen3-8B"
    ),
    "model_revision": Help(
        _("Revision"),
        _("A commit, tag or branch. A commit makes sure that everybody gets the same files."),
        "main",
    ),
    "quantizations": Help(
        _("Quantizations"),
        _("What can be chosen, one a line; “none” for weights as they are."),
        "none",
        "quantizations",
    ),
    "model_file_name_template": Help(
        _("File name"),
        _("For GGUF: the file of each quantization, with {quantization} where its name stands."),
        "qwen3-8b-{quantization}.gguf",
    ),
    "model_file_name_split_template": Help(
        _("Name of split files"),
        _("For GGUF in several files: also {part} stands for the name of a part."),
        "qwen3-8b-{quantization}-{part}.gguf",
    ),
    "quantization_parts": Help(
        _("Parts of split files"),
        _("For each quantization that is split: the names of its parts."),
        '{"Q8_0": ["00001-of-00002", "00002-of-00002"]}',
    ),
    "multimodal_projector": Help(
        _("Projector file"),
        _("For GGUF models that see: the file of the projector."),
        "mmproj-F16.gguf",
    ),
    "multimodal_projectors": Help(
        _("Projector files"),
        _("For GGUF models that see: the files of projectors to choose from."),
        "mmproj-F16.gguf",
    ),
    "draft_model_id": Help(
        _("Draft model"),
        _("The repository of a small model for speculative decoding."),
        "owner/name",
    ),
    "draft_model_revision": Help(_("Revision of the draft model"), "", "main"),
    "draft_model_file_name_template": Help(
        _("File of the draft model"), "", "draft-{quantization}.gguf"
    ),
    "draft_quantizations": Help(
        _("Quantizations of the draft model"), _("One a line."), "Q4_K_M", "quantizations"
    ),
    "model_metadata": Help(
        _("Metadata of the weights"),
        _("What servers estimate memory by. Upstream's tools work it out."),
    ),
    "model_metadata_by_quantization": Help(
        _("Metadata by quantization"), _("The same, where quantizations differ.")
    ),
    "packages": Help(
        _("Packages"),
        _("One requirement a line, as pip has them; #engine# ties one to an engine."),
        'vllm>=0.11 ; #engine# == "vllm"',
    ),
    "inherit_pip_config": Help(
        _("Use the server's pip settings"),
        _("Whether the server's own index and mirrors count here."),
    ),
    "index_url": Help(_("Package index"), "", "https://pypi.org/simple"),
    "extra_index_url": Help(
        _("Further indexes"), _("One a line."), "https://download.pytorch.org/whl/cu128"
    ),
    "find_links": Help(
        _("Pages with packages"), _("Pages or folders that pip looks into, one a line.")
    ),
    "trusted_host": Help(
        _("Trusted hosts"), _("Hosts that need no valid certificate, one a line.")
    ),
    "index_strategy": Help(
        _("Choice between indexes"), _("Which index wins where several have a package.")
    ),
    "no_build_isolation": Help(
        _("Build without isolation"), _("For packages that need torch while they are built.")
    ),
    "allow_patterns": Help(_("Only these files"), _("Patterns, one a line."), "*.safetensors"),
    "ignore_patterns": Help(_("Not these files"), _("Patterns, one a line."), "original/*"),
    "ignore_file_pattern": Help(
        _("Not these files (ModelScope)"), _("Regular expressions, one a line."), r"\.onnx$"
    ),
    "default_model_config": Help(
        _("Settings for loading"),
        _("A JSON object that is handed to the engine when the model loads."),
        '{"torch_dtype": "bfloat16"}',
    ),
    "default_generate_config": Help(
        _("Settings for generating"),
        _("A JSON object with what holds where a request says nothing."),
        '{"guidance_scale": 3.5}',
    ),
    "default_transcription_config": Help(
        _("Settings for transcribing"),
        _("A JSON object with what holds where a request says nothing."),
        '{"batch_size": 8}',
    ),
    "gguf_model_id": Help(
        _("GGUF repository"),
        _("Where quantized weights of the same model are."),
        "city96/FLUX.1-dev-gguf",
    ),
    "gguf_quantizations": Help(_("GGUF quantizations"), _("One a line."), "Q8_0", "quantizations"),
    "gguf_model_file_name_template": Help(
        _("GGUF file name"),
        _("With {quantization} where its name stands."),
        "flux1-dev-{quantization}.gguf",
    ),
    "lightning_model_id": Help(
        _("Lightning repository"),
        _("Where the LoRA for few-step generation is."),
        "lightx2v/Qwen-Image-Lightning",
    ),
    "lightning_model_revision": Help(_("Revision of the Lightning repository"), "", "main"),
    "lightning_versions": Help(
        _("Lightning versions"), _("What can be chosen, one a line."), "4steps-V1.0"
    ),
    "lightning_model_file_name_template": Help(
        _("Lightning file name"),
        _("With {lightning_version} where its name stands."),
        "lora-{lightning_version}.safetensors",
    ),
    "lightning_version_configs": Help(
        _("Settings by Lightning version"),
        _("A JSON object: for each version, what it is run with."),
        '{"4steps-V1.0": {"num_inference_steps": 4}}',
    ),
    "text_encoder_model_id": Help(
        _("Repository of the text encoder"),
        _("Only where it is not in the model's own."),
        "owner/name",
    ),
    "text_encoder_model_revision": Help(_("Revision of the text encoder"), "", "main"),
    "vae_model_id": Help(
        _("Repository of the VAE"), _("Only where it is not in the model's own."), "owner/name"
    ),
    "vae_model_revision": Help(_("Revision of the VAE"), "", "main"),
    "auxiliary_model_id": Help(
        _("Second repository"),
        _("Weights that the model needs beside its own."),
        "Wan-AI/Wan2.1-T2V-1.3B",
    ),
    "auxiliary_model_revision": Help(_("Revision of the second repository"), "", "main"),
    "auxiliary_model_allow_patterns": Help(
        _("Files of the second repository"), _("Patterns, one a line."), "Wan2.1_VAE.pth"
    ),
    "controlnet": Help(
        _("ControlNets"), _("Models that steer this one by a sketch, pose or depth map.")
    ),
    "controlnet/model_name": Help(_("Name"), _("What people choose it by."), "canny"),
    "multilingual": Help(
        _("Multilingual"), _("Whether it understands or speaks several languages.")
    ),
    "engine": Help(
        _("Engine"), _("What runs this record. Another engine gets a record of its own.")
    ),
    "cache_name": Help(
        _("Name of the cache"),
        _("The folder for the weights. Records that share one name need their own."),
        "whisper-large-v3-mlx",
    ),
    "quantization": Help(
        _("Quantization"), _("How the weights of this record are reduced."), "INT8-Dynamic"
    ),
    "model_file_name": Help(
        _("File name"), _("Which file of the repository has the weights."), "model.safetensors"
    ),
    "source_url": Help(
        _("Code repository"),
        _("The git repository with the model's code."),
        "https://github.com/owner/name.git",
    ),
    "source_revision": Help(
        _("Revision of the code"),
        _("The full commit id, so that nobody can change the code later."),
        "1588e1336e84…",
    ),
    "source_subdir": Help(
        _("Folder in the repository"), _("Where the code is, if not at the top.")
    ),
    "inference_task": Help(_("Task"), _("The task's name in the model's own code."), "i2v-A14B"),
    "inference_mode": Help(_("Mode"), _("The mode's name in the model's own code."), "causal_fast"),
}
