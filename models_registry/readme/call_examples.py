"""Examples for a launched model: a Python call and an HTTP request for each ability.

The calls are methods of the handles in client/restful/restful_client.py, the paths and fields
those of api/routers and api/restful_api.py, of Xinference 4.1.0.
"""

import json
import shlex
from dataclasses import dataclass, field
from typing import Any

from models_registry.launch.default_launch import ENDPOINT
from models_registry.launch.quoting import one_line


@dataclass(frozen=True)
class Usage:
    """A call of the client's handle `model`, and the equivalent HTTP request.

    The request has a JSON body, or form fields if there are `files` (field → file name).
    """

    python: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    output: str | None = None

    def curl(self, model_uid: str) -> str:
        """Return a curl command for a POSIX shell."""
        fields = {"model": one_line(model_uid), **self.body}
        lines = [f"curl {ENDPOINT}{self.path}"]
        if self.files:
            lines += [f"--form-string {shlex.quote(f'{key}={fields[key]}')}" for key in fields]
            lines += [f"-F {shlex.quote(f'{key}=@{name}')}" for key, name in self.files.items()]
        else:
            body = json.dumps(fields, indent=2, ensure_ascii=False)
            lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
        if self.output:
            lines.append(f"-o {self.output}")
        return " \\\n  ".join(lines)


PROMPT = "A lighthouse at dawn, in watercolours"
SENTENCE = "Hello, and welcome to Xinference."


def _read(variable: str, name: str) -> str:
    return f'with open("{name}", "rb") as file:\n    {variable} = file.read()\n'


def _reading(names: dict[str, str], call: str) -> str:
    return "".join(_read(variable, name) for variable, name in names.items()) + call


def _saving(names: dict[str, str], call: str) -> str:
    save = 'with open("speech.mp3", "wb") as file:\n    file.write(speech)'
    return _reading(names, f"speech = {call}\n{save}")


IMAGE = {"image": "input.png"}
AUDIO = {"audio": "audio.wav"}
MESSAGES = [{"role": "user", "content": "What is the largest animal?"}]
QUERY = "A man is eating pasta."
DOCUMENTS = ["A man is eating food.", "The girl is carrying a baby."]
MUSIC = "Calm piano with soft strings"

CHAT = Usage(
    "answer = model.chat(\n"
    '    messages=[{"role": "user", "content": "What is the largest animal?"}],\n'
    ')\nprint(answer["choices"][0]["message"]["content"])',
    "/v1/chat/completions",
    {"messages": MESSAGES},
)
GENERATE = Usage(
    'answer = model.generate(prompt="The largest animal is")\nprint(answer["choices"][0]["text"])',
    "/v1/completions",
    {"prompt": "The largest animal is"},
)
EMBED = Usage(
    'result = model.create_embedding("What is the capital of China?")\n'
    'print(result["data"][0]["embedding"])',
    "/v1/embeddings",
    {"input": "What is the capital of China?"},
)
RERANK = Usage(
    "result = model.rerank(\n"
    '    documents=["A man is eating food.", "The girl is carrying a baby."],\n'
    f'    query="{QUERY}",\n)\nprint(result["results"])',
    "/v1/rerank",
    {"query": QUERY, "documents": DOCUMENTS},
)
# The first of a model's abilities that is in the type's table decides, so the order matters.
USAGES: dict[str, dict[str, Usage]] = {
    "llm": {"chat": CHAT, "generate": GENERATE},
    "embedding": {"embed": EMBED},
    "rerank": {"rerank": RERANK},
    "image": {
        "text2image": Usage(
            f'result = model.text_to_image(prompt="{PROMPT}")\nprint(result["data"][0]["url"])',
            "/v1/images/generations",
            {"prompt": PROMPT},
        ),
        "image2image": Usage(
            _reading(
                IMAGE,
                f'result = model.image_to_image(image=image, prompt="{PROMPT}")\n'
                'print(result["data"][0]["url"])',
            ),
            "/v1/images/variations",
            {"prompt": PROMPT},
            IMAGE,
        ),
        "inpainting": Usage(
            _reading(
                {**IMAGE, "mask": "mask.png"},
                f'result = model.inpainting(image=image, mask_image=mask, prompt="{PROMPT}")\n'
                'print(result["data"][0]["url"])',
            ),
            "/v1/images/inpainting",
            {"prompt": PROMPT},
            {**IMAGE, "mask_image": "mask.png"},
        ),
        "ocr": Usage(
            _reading(IMAGE, "print(model.ocr(image))"),
            "/v1/images/ocr",
            files=IMAGE,
        ),
        "docanalyze": Usage("", "/v1/images/docanalyze", files={"file": "document.pdf"}),
    },
    "audio": {
        "audio2text": Usage(
            _reading(AUDIO, 'result = model.transcriptions(audio)\nprint(result["text"])'),
            "/v1/audio/transcriptions",
            files={"file": "audio.wav"},
        ),
        "text2audio": Usage(
            _saving({}, f'model.speech(input="{SENTENCE}", voice="")'),
            "/v1/audio/speech",
            {"input": SENTENCE, "voice": ""},
            output="speech.mp3",
        ),
        "text2audio_voice_cloning": Usage(
            _saving(
                {"voice": "voice.wav"},
                f'model.speech(input="{SENTENCE}", voice="", prompt_speech=voice)',
            ),
            "/v1/audio/speech",
            {"input": SENTENCE, "voice": ""},
            {"prompt_speech": "voice.wav"},
            output="speech.mp3",
        ),
        "text2music": Usage(
            _saving({}, f'model.speech(input="{MUSIC}", voice="")'),
            "/v1/audio/speech",
            {"input": MUSIC, "voice": ""},
            output="speech.mp3",
        ),
        "speaker_embedding": Usage(
            _reading(AUDIO, "print(model.create_embedding(audio))"),
            "/v1/audio/embeddings",
            files={"file": "audio.wav"},
        ),
    },
    "video": {
        "text2video": Usage(
            f'result = model.text_to_video(prompt="{PROMPT}")\nprint(result["data"][0]["url"])',
            "/v1/video/generations",
            {"prompt": PROMPT},
        ),
        "image2video": Usage(
            _reading(
                IMAGE,
                f'result = model.image_to_video(image=image, prompt="{PROMPT}")\n'
                'print(result["data"][0]["url"])',
            ),
            "/v1/video/generations/image",
            {"prompt": PROMPT},
            IMAGE,
        ),
        "firstlastframe2video": Usage(
            _reading(
                {"first": "first.png", "last": "last.png"},
                f"result = model.flf_to_video(\n    first_frame=first, last_frame=last, "
                f'prompt="{PROMPT}"\n)\nprint(result["data"][0]["url"])',
            ),
            "/v1/video/generations/flf",
            {"prompt": PROMPT},
            {"first_frame": "first.png", "last_frame": "last.png"},
        ),
    },
    "world": {
        "text2world": Usage(
            f'result = model.generate(prompt="{PROMPT}")\nprint(result["data"])',
            "/v1/worlds/generations",
            {"prompt": PROMPT},
        ),
        "image2world": Usage(
            _reading(
                IMAGE,
                f'result = model.generate(prompt="{PROMPT}", image=image)\nprint(result["data"])',
            ),
            "/v1/worlds/generations",
            {"prompt": PROMPT, "image": "https://example.com/input.png"},
        ),
    },
}


def usage_for(model_type: str, abilities: tuple[str, ...]) -> Usage | None:
    """Return the example for a model of this type with these abilities, or None if unknown.

    A language model without abilities counts as a chat model, as nearly all are.
    """
    table = USAGES.get(model_type, {})
    for ability, usage in table.items():
        if ability in abilities:
            return usage
    for ability in abilities:
        if ability.startswith("text2audio") and model_type == "audio":
            return table["text2audio_voice_cloning" if "zero_shot" in ability else "text2audio"]
    return None
