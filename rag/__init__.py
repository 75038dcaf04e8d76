"""Question -> cited answer. The public names of the Python API."""

from __future__ import annotations

# What can go wrong
from ingest.errors import GroundwireError, LibraryError, ModelError, QuestionError

# Choosing which articles may answer
from ingest.filter import Filter

# What comes back
from rag.answer import Answer, AnswerSentence, Citation, Evidence

# Asking
from rag.assistant import AnswerEvent, Assistant, Event, SentenceEvent

# Conversations
from rag.conversation import Conversation
from rag.sessions import ConversationError, ConversationInfo, Conversations
from rag.turns import Turn

__all__ = [
    "Answer",
    "AnswerEvent",
    "AnswerSentence",
    "Assistant",
    "Citation",
    "Conversation",
    "ConversationError",
    "ConversationInfo",
    "Conversations",
    "Event",
    "Evidence",
    "Filter",
    "GroundwireError",
    "LibraryError",
    "ModelError",
    "QuestionError",
    "SentenceEvent",
    "Turn",
]
