"""The texts of the OpenAPI document, for makemessages. Written by `make messages`."""

# ruff: noqa: E501

from django.utils.translation import gettext_noop

TEXTS = (
    gettext_noop("404 `OFFER_NOT_FOUND` if the model is offered to nobody, or was accepted."),
    gettext_noop("A comment on a round, or on one line of its definition or README."),
    gettext_noop("A draft in lists."),
    gettext_noop("A draft with its texts, as they were typed."),
    gettext_noop("A model in lists."),
    gettext_noop("A model that its owner offers to somebody, who has not answered yet."),
    gettext_noop(
        "A model that the caller owns or has proposed a change of, or the draft of a new one."
    ),
    gettext_noop("A model to register."),
    gettext_noop("A model's outgoing changes"),
    gettext_noop("A model's outgoing changes, newest first."),
    gettext_noop("A model's revisions"),
    gettext_noop("A model's revisions, newest first."),
    gettext_noop("A model's state after a write."),
    gettext_noop("A model's texts, as somebody who may change it goes on from them."),
    gettext_noop("A model's texts, by type and name"),
    gettext_noop("A model's texts."),
    gettext_noop("A new model is private without it"),
    gettext_noop("A pair of tokens; `expiresIn` is the seconds until the access token ends."),
    gettext_noop("A proposal in lists, by its newest round."),
    gettext_noop("A request of an owner, and what became of it."),
    gettext_noop("A request of an owner."),
    gettext_noop("A time in the past expires the model at once; null restores it."),
    gettext_noop("A value of a filter that was found in the text of a search."),
    gettext_noop("A verdict that was given."),
    gettext_noop("A version of Xinference, such as `3.5.0`"),
    gettext_noop("Accept or decline a model"),
    gettext_noop("Agree to a suggestion"),
    gettext_noop("All errors of a definition."),
    gettext_noop(
        "Also what has expired, what waits for a review, and what was rejected or withdrawn."
    ),
    gettext_noop("An access token from the User Center, or from `POST /api/users/login`"),
    gettext_noop(
        "An entry's status. It can have several, such as a published model with a waiting proposal."
    ),
    gettext_noop("An error: a code for programs and a sentence for people."),
    gettext_noop("An error: a code for programs, a sentence for people."),
    gettext_noop("An offer."),
    gettext_noop(
        "Any text that is new for each request, such as a UUID. For a day, the same request with the same key is answered as the first time, and changes nothing again."
    ),
    gettext_noop(
        "Approving publishes at once. 409 `STALE_REVISION` if a newer revision was submitted, or\nsomebody else has already decided."
    ),
    gettext_noop("As If-Match, by number"),
    gettext_noop("As far as it can be read; empty if there is none yet"),
    gettext_noop("As people write them: `1.13.0 to 1.17.1`"),
    gettext_noop("As the caller wrote it"),
    gettext_noop("Ask for the expiry or removal of a model"),
    gettext_noop("Ask reviewers for the expiry or removal of a public model."),
    gettext_noop("At most 400 in a search: the best ones"),
    gettext_noop(
        "Authors withdraw their own proposals. The owner of a model declines what somebody else\nsuggests; its author is told the reason."
    ),
    gettext_noop("Bad Request"),
    gettext_noop("Change a model, by number"),
    gettext_noop("Changes that were or will be sent to upstream, newest first."),
    gettext_noop("Conflict"),
    gettext_noop("Create or change a model, by type and name"),
    gettext_noop("Created"),
    gettext_noop("Decide on a proposal"),
    gettext_noop("Decide on a request"),
    gettext_noop("Delete a model"),
    gettext_noop("Download the records of a type, or of one model"),
    gettext_noop("Empty if the caller can't open the page any more"),
    gettext_noop("Empty if there is no page of it for the caller any more"),
    gettext_noop("Everything about a proposal that its review page shows."),
    gettext_noop("Everything that is wrong with the names and values of a request."),
    gettext_noop("Everything that the hub knows about a model, besides its records."),
    gettext_noop(
        "Exchange a refresh token for a new pair of tokens. The old pair ends. A refresh token that is\nsent a second time ends the whole sign-in, since somebody must have copied it."
    ),
    gettext_noop(
        "Exchange user name (or e-mail address) and password for an access token, which lasts an hour,\nand a refresh token, which lasts 30 days and can be used once. Accounts with two-factor\nauthentication need an access token from the User Center instead."
    ),
    gettext_noop("Find, register and change models."),
    gettext_noop(
        "For each type with a list: the revision that servers get, with digest and signature.\n\nWith `xinference_version` or the header `X-Xinference-Version`: the lists for that version,\nwhose revisions have numbers of their own."
    ),
    gettext_noop(
        "For hubs that can't visit them: licence, access, sizes, downloads, likes, last change and\nREADME of the repositories that the public models of a type name, with the time of the visit."
    ),
    gettext_noop(
        "For programs that ask a person for their password. Others use an access token from the User Center."
    ),
    gettext_noop(
        "For the owner of a public model who may not do it themselves. A reviewer decides. 409\n`STALE_REVISION` while another request about the model waits."
    ),
    gettext_noop("Forbidden"),
    gettext_noop("GB of the GPUs that hold it; 160 is 2 × 80"),
    gettext_noop("How often a model was used on this hub in the last 30 days."),
    gettext_noop("ISO 8601 with zone"),
    gettext_noop("ISO 8601 with zone; a time in the past expires at once, null restores"),
    gettext_noop("ISO 8601: when it was built"),
    gettext_noop("In which languages its page has a README; the one in English may be generated"),
    gettext_noop(
        "It stays the caller's until the other person accepts. An offer to somebody else is\nreplaced."
    ),
    gettext_noop("Later ones that can't, as people write them"),
    gettext_noop("Let a model expire, or restore it"),
    gettext_noop("Lists"),
    gettext_noop(
        "Lists and definitions of the models that Xinference serves. Send an access token as `Authorization: Bearer TOKEN` or `X-Models-Token: TOKEN`; without one, you see public models only. Errors are JSON with `error_code` and `message`. Names that an operation does not know are refused, except where Xinference servers read. Lists have `page` and `pageSize`, and a `Link` header. Each person's writes are limited: see the `RateLimit` headers."
    ),
    gettext_noop(
        "Makes the model what the body says: it is created (201), changed, or left as it is, with\n`result` \"unchanged\". `updated_at` is the hub's and does not count; `featured` stays as it is\nwhere the text does not name it. What a reviewer rejected is not submitted again as it was.\n\nWith `visibility`, the model that has it is meant, or one of the caller's own that would get it.\n412 `PRECONDITION_FAILED` if the model has another revision than `If-Match`, or if there is\none with `If-None-Match: *`."
    ),
    gettext_noop("Models"),
    gettext_noop("Models offered"),
    gettext_noop("Newest first"),
    gettext_noop("Newest first. Proposals are listed only for people who work with the model."),
    gettext_noop(
        "Newest first: all for reviewers, and one's own for everybody, which is what `mine` chooses:\nthose that the caller has made, or about models that they own."
    ),
    gettext_noop(
        "Newest first: the proposals that the caller may read as a reviewer, and their own. With\n`mine`, only those that they have written, or whose model they own. `open` are those that wait\nfor a reviewer (`proposed`) or for the author (`changes_requested`)."
    ),
    gettext_noop("No Content"),
    gettext_noop("Not Found"),
    gettext_noop("OK"),
    gettext_noop("Of the definition, without `updated_at`"),
    gettext_noop("Of the newest round; a verdict names it"),
    gettext_noop("Of the servers that it is for; null: of any release"),
    gettext_noop("Of the uncompressed bytes, in hexadecimal digits"),
    gettext_noop("Offer a model to somebody"),
    gettext_noop("One change of the definition, against `compared_with`."),
    gettext_noop("One change of the definition."),
    gettext_noop("One draft with its texts"),
    gettext_noop("One draft."),
    gettext_noop(
        "One error of a definition; line and column count from 1 in the text that was sent."
    ),
    gettext_noop("One field or parameter that is wrong, or that the operation does not know."),
    gettext_noop("One model"),
    gettext_noop("One model."),
    gettext_noop("One notification."),
    gettext_noop("One outgoing change of a model."),
    gettext_noop("One page of a list's revisions, newest first."),
    gettext_noop("One page of models."),
    gettext_noop("One page of offers, the oldest first."),
    gettext_noop("One page of proposals, newest first."),
    gettext_noop("One page of requests, newest first."),
    gettext_noop("One page of the caller's drafts."),
    gettext_noop("One page of the caller's models."),
    gettext_noop("One page of the caller's notifications, newest first."),
    gettext_noop(
        # xgettext:no-python-format
        "One page of the models that the caller may see. A page after the last one is empty.\n\n`query` is what people type: a name in any spelling (`qwen 3`, `bge_m3`) or with a typing\nerror, a task, type, language, format or engine in English or Chinese (`asr`, 文生图, `gguf`), a\nsize (`7b`), a maker (`alibaba`, 智谱), a repository (`Qwen/Qwen3-8B`) or its address at Hugging\nFace or ModelScope, words of descriptions and READMEs, or several of these: `vision 7b awq`.\nThe best come first (`order=relevance`, the default with a `query`; without one, `featured`).\n`understood` has what the text names, and `match` says whether the models fit all of it.\n\nWith `fits`, only models with a variant that needs at most 90 % of the memory of such a GPU, in\nGB; `160` means two GPUs of 80 GB. A need that is not known never fits.\n\nWith `xinference_version` or the header `X-Xinference-Version`, only models that servers of that\nversion can use as they are.\n\nWith `named`, without other people's private models: they can't be requested by name, only by\n`id`."
    ),
    gettext_noop("One proposal"),
    gettext_noop("One proposal."),
    gettext_noop("One request of an owner"),
    gettext_noop("One revision of a list."),
    gettext_noop("One revision of a model."),
    gettext_noop("One revision with its texts, exactly as they are stored."),
    gettext_noop("One revision with its texts."),
    gettext_noop("One revision's texts"),
    gettext_noop("One submission of a proposal."),
    gettext_noop("One's own drafts"),
    gettext_noop("One's own models and drafts"),
    gettext_noop("One's own notifications"),
    gettext_noop("Only entries in this state"),
    gettext_noop("Only models that fit a GPU with so many GB; `160` means two of 80 GB"),
    gettext_noop("Only what concerns the caller"),
    gettext_noop("Only what was not read yet"),
    gettext_noop("Own models"),
    gettext_noop(
        "Owners rename what only they can see; those who may change a model at once rename it for\neverybody. Then pages redirect from the former name, and downloads and the API take it for a\ntime; lists have the new name only, and one pull request renames the model upstream."
    ),
    gettext_noop("Ownership"),
    gettext_noop("Precondition Failed"),
    gettext_noop("Proposals"),
    gettext_noop(
        "Published at once or proposed for review, by its visibility and the caller's rights; `state`\nin the answer says which."
    ),
    gettext_noop(
        "Published at once or proposed, depending on the caller's rights. 409 `STALE_REVISION` with\n`current_revision` if somebody else has changed the model since `base_revision`; 412\n`PRECONDITION_FAILED` if it has another revision than `If-Match`. One of the two is needed.\nBy number only; `PUT /api/models/{model_type}/{name}` takes a name."
    ),
    gettext_noop("RFC 6901"),
    gettext_noop("RFC 6901, in the new definition"),
    gettext_noop("RFC 6901, in the proposed definition"),
    gettext_noop("Read proposals, decide on them, and read notifications."),
    gettext_noop("Register a model"),
    gettext_noop("Rename a model"),
    gettext_noop("Rename a model, and give it to somebody else."),
    gettext_noop("Renew a sign-in"),
    gettext_noop("Requests of owners"),
    gettext_noop("Required for a refusal"),
    gettext_noop("Required unless approving"),
    gettext_noop("Required when declining a suggestion"),
    gettext_noop("Reviewers read it, and upstream's maintainers"),
    gettext_noop("Reviews"),
    gettext_noop("Say what would happen, and change nothing"),
    gettext_noop("Search models"),
    gettext_noop("Sign in to the API"),
    gettext_noop("Sign-in"),
    gettext_noop("Somebody else has changed the model."),
    gettext_noop("Such as `decision`, `suggestion` or `pull_request`"),
    gettext_noop("The ETag of the revision that the change is based on"),
    gettext_noop("The Ed25519 public key in PEM format, for `openssl pkeyutl -verify`."),
    gettext_noop("The README in Chinese, beside the one in English"),
    gettext_noop('The README in Chinese; "" removes it'),
    gettext_noop("The README in Chinese; empty without one"),
    gettext_noop("The address of these exact bytes, as long as they are stored"),
    gettext_noop("The array of records, or its exact text, which is kept byte for byte"),
    gettext_noop("The array of records, or its exact text. A new model needs it"),
    gettext_noop("The definition and the README of one of the revisions that the caller may see."),
    gettext_noop("The definition as it was typed, whether it is valid or not."),
    gettext_noop(
        "The exact definition and the README: of the open proposal for those who would go on with it,\nelse as published. Also of one's own models that have expired or were not approved yet. The\n`ETag` is what `If-Match` takes.\n\nA name stands for one's own private model, else the enterprise model that one may see, else the\npublic one; `visibility` chooses among them. A model that was renamed answers to its former name\nfor a time, under its present one; `Sunset` says until when."
    ),
    gettext_noop("The exact name of one model"),
    gettext_noop("The exact name of the model"),
    gettext_noop("The hub that serves this document"),
    gettext_noop("The hunks of a unified diff"),
    gettext_noop("The known name that is most like it"),
    gettext_noop("The list that is served for each type."),
    gettext_noop("The lists as they are served"),
    gettext_noop(
        "The model is deleted with all its revisions. Upstream's maintainers read the reason."
    ),
    gettext_noop("The model's page"),
    gettext_noop("The models and drafts of the caller."),
    gettext_noop("The models that others offer to the caller, and those that the caller offers."),
    gettext_noop("The most severe first"),
    gettext_noop("The newest one, whatever its state"),
    gettext_noop(
        "The newest round with its texts, what it changes, what the checks say, and all rounds with\nverdicts and comments."
    ),
    gettext_noop("The number of entries on a page"),
    gettext_noop("The number of the draft"),
    gettext_noop("The number of the model"),
    gettext_noop("The number of the model; reading takes its exact name, too"),
    gettext_noop("The number of the newest round"),
    gettext_noop("The number of the offer"),
    gettext_noop("The number of the page"),
    gettext_noop("The number of the proposal"),
    gettext_noop("The number of the request"),
    gettext_noop("The number of the revision"),
    gettext_noop("The number of the revision that the reviewer has read"),
    gettext_noop("The oldest one; empty if none can"),
    gettext_noop(
        "The owner of a model tells the reviewers that they agree to what somebody else suggests."
    ),
    gettext_noop("The page on which it is answered, or withdrawn"),
    gettext_noop("The public key of the signatures, in PEM format"),
    gettext_noop("The public key that verifies signatures"),
    gettext_noop(
        "The pull request that carries a change. Without a number it has not been opened yet; its\ntitle and branch are empty then, since they may name models that the caller may not see."
    ),
    gettext_noop("The reason, for upstream's maintainers"),
    gettext_noop("The refresh token of an earlier answer."),
    gettext_noop("The revision that changes and diffs are against; null for a new model"),
    gettext_noop("The revision that is in review, or with its author"),
    gettext_noop("The revision that the edit is based on; not needed with `If-Match`"),
    gettext_noop("The revision's state after the verdict"),
    gettext_noop("The revisions of a list"),
    gettext_noop("The round that is withdrawn, and why."),
    gettext_noop("The round that the owner has read."),
    gettext_noop("The same for all rounds"),
    gettext_noop("The same token, as Xinference servers send it"),
    gettext_noop("The smallest need of memory of a model's variants, in bytes."),
    gettext_noop(
        "The stored revisions of a type's list, newest first.\n\nWith `xinference_version` or the header `X-Xinference-Version`: those of the list for that\nversion, as far as it was asked for."
    ),
    gettext_noop("The text of the search without these words"),
    gettext_noop("The text without probable typing errors, if no name fits it as it is"),
    gettext_noop("The tokens that the cache holds; 0 for other types"),
    gettext_noop("The tokens, as clients expect them."),
    gettext_noop("The type of the model"),
    gettext_noop("Too Many Requests"),
    gettext_noop("True if servers get this revision"),
    gettext_noop("True if servers must not fetch this model from the hub"),
    gettext_noop("True if the list was rolled back to it; never with a release"),
    gettext_noop("True if their servers would not start again; else they refuse the model"),
    gettext_noop("Type and name as they were, such as `llm/qwen3`"),
    gettext_noop("Unauthorized"),
    gettext_noop("Unix seconds, as in the definition"),
    gettext_noop("Unprocessable Entity"),
    gettext_noop("Weights, KV cache and the overhead of a process"),
    gettext_noop("What Xinference servers download, and the revisions of each list."),
    gettext_noop("What a model is to be called."),
    gettext_noop("What a model must be; missing members stay unchanged."),
    gettext_noop("What a person signs in with."),
    gettext_noop("What a reviewer decided."),
    gettext_noop("What a reviewer decides on a request."),
    gettext_noop("What a reviewer decides, and on which revision."),
    gettext_noop("What an automatic check says."),
    gettext_noop("What became of a model, or would with `dry_run`."),
    gettext_noop("What became of the model."),
    gettext_noop("What comes first"),
    gettext_noop("What is asked for, why, and what became of it."),
    gettext_noop(
        "What is granted happens at once, with a pull request. Nobody decides on their own request.\n409 `STALE_REVISION` if it was decided or withdrawn."
    ),
    gettext_noop("What somebody says to an offer."),
    gettext_noop(
        "What the bell shows, in the language of the time; reading them here marks none as read."
    ),
    gettext_noop(
        "What the caller is writing on the pages, the last changed first. Nobody else reads it."
    ),
    gettext_noop("What the caller may do now, such as `approve`"),
    gettext_noop("What the caller may do now: `decide`, `withdraw`"),
    gettext_noop("What the checks say of a definition that was accepted."),
    gettext_noop(
        "What the hub knows about one model, by number or by exact name. A model that was renamed\nanswers to its former name for a time: `Sunset` says until when, `Link` where it is."
    ),
    gettext_noop(
        "What the hub saw of source repositories; each has `hub`, `id` and what is known of it."
    ),
    gettext_noop("What the hub saw of the source repositories"),
    gettext_noop("What the model gets when it is approved"),
    gettext_noop("What the owner of a public model asks for."),
    gettext_noop("What the text of the search names"),
    gettext_noop("What to change; missing members stay unchanged."),
    gettext_noop("What to search for"),
    gettext_noop("When a model expires."),
    gettext_noop("Where the new revision is now."),
    gettext_noop("Whether each record has its README, as `readme`"),
    gettext_noop("Which one, if several models have the name"),
    gettext_noop("Which releases of Xinference can use a model, of those that the hub supports."),
    gettext_noop("Who accepts owns the model at once. Who has offered it is told."),
    gettext_noop("Who has made it, and who owns the model now."),
    gettext_noop("Whom a model is offered to."),
    gettext_noop("Why some releases can't use a model."),
    gettext_noop(
        "With `model_type` only: an array of all records of the published, unexpired public models of\nthat type. Models that more releases of Xinference load come first, then they are ordered by\nname without regard to case. With a token also the enterprise models that its user may see and\nthe user's private ones. Records that would break a server's list are left out.\n\nWith `model_type` and `revision`: the exact bytes of that revision of the public list, also\nwith a token. With a version, it is a revision of the list for that version, which has numbers\nof its own. `X-Hub-Revision`, `X-Hub-SHA256` and, on a hub with a key, `X-Hub-Signature`\ndescribe each list; `/api/models/lists` has the revisions.\n\nWith `model_name` (and `model_type` if several types have the name) or `model_id`: the\nrecords of that one model. A name stands for the caller's own private model, else the\nenterprise model that they may see, else the public one; never for somebody else's private\nmodel. A model that was renamed answers to its former name for a time, with that\nname in its records; `Sunset` says until when. Each record comes with its README as `readme` if\n`include_readme` is set. With\n`include_readme`, as servers send it, a name that would break their list is refused: 409\n`NAME_HELD_BACK`.\n\nWith `xinference_version`, the header `X-Xinference-Version` or the path\n`/v/VERSION/api/models/download`: what servers of that version take, and everything of it,\nsorted by name. Models that they take in another form only are translated; `X-Hub-Translated`\nsays how many. `X-Hub-Release` is the release whose rules were used. A single model that they\ncan't use is refused: 409 `NOT_FOR_RELEASE`."
    ),
    gettext_noop("Withdraw a proposal, or decline a suggestion"),
    gettext_noop("Withdraw a request"),
    gettext_noop("Withdraw an offer"),
    gettext_noop("Without other people's private models"),
    gettext_noop("`added`, `removed`, `changed` or `moved`"),
    gettext_noop(
        "`corrected`: the models fit the corrected text. `near`: no model fits all words, and these fit most of them"
    ),
    gettext_noop("`error`, `risk`, `warning`, `info` or `good`"),
    gettext_noop("`expire` or `remove`"),
    gettext_noop("`open`, `granted`, `refused` or `withdrawn`"),
    gettext_noop(
        "`private`, `published`, `enterprise`: live with this visibility; `expired`; `waiting` for a review; `changes`: a reviewer wants changes; `closed`: rejected or withdrawn; `draft`"
    ),
    gettext_noop(
        "`published`; `pull_request`: published, and on its way to upstream; `review`; `unchanged`"
    ),
    gettext_noop("`query`, `path` or `body`"),
    gettext_noop("`superseded` if it was published, and replaced since"),
    gettext_noop("`type`, `ability`, `language`, `format`, `engine`, `size`, `context`, `maker`"),
    gettext_noop("`unknown`, `missing`, or what the value is not"),
    gettext_noop("`warning` or `info`"),
    gettext_noop("`written`, `fetched` or `generated`"),
    gettext_noop("ed25519= and Base64, as in X-Hub-Signature"),
    gettext_noop("for upstream's maintainers, if a public model expires at once"),
    gettext_noop("null for a new model"),
    gettext_noop("null for the draft of a new model"),
    gettext_noop("null if a dry run would create it"),
    gettext_noop("null if it is not known"),
    gettext_noop("null if this hub does not count them"),
    gettext_noop("null once the model is deleted"),
)
