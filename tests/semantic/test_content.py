"""Which text a language model wrote."""

import pytest

from nbprod.semantic import EventKind, Tag

OPENAI = """from openai import OpenAI
client = OpenAI()
reply = client.chat.completions.create(model="gpt-4o", messages=messages)
"""
CHAIN = """from langchain_openai import ChatOpenAI
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
model = ChatOpenAI()
prompt = ChatPromptTemplate.from_template("{question}")
"""
BEDROCK = """import boto3
import json
reply = boto3.client("bedrock-runtime").invoke_model(modelId=MODEL, body=body)
body = json.loads(reply["body"].read())
"""


@pytest.mark.parametrize(
    ("setup", "expression"),
    [
        (OPENAI, 'reply["choices"][0]["message"]["content"]'),
        (OPENAI, "reply.choices[0].message.content.strip().split(',')[0]"),
        (OPENAI, "f'{reply.choices[0].message.content}!'"),
        (OPENAI, "reply.choices[0].message.tool_calls[0].function.arguments"),
        (CHAIN, '(prompt | model | StrOutputParser()).invoke({"question": q})'),
        (CHAIN, '(prompt | model).invoke({"question": q}).content'),
        (CHAIN, '({"question": source} | prompt | model | StrOutputParser()).invoke(q)'),
        (OPENAI, "reply.choices[0].message.parsed"),
        (CHAIN, '(prompt | model | JsonOutputParser()).invoke({"question": q})'),
        (CHAIN, "model.with_structured_output(Answer).invoke(q)"),
        (CHAIN, '(prompt | loaded_model).invoke({"question": q}).content'),
        (BEDROCK, 'body["completion"]'),
        (BEDROCK, 'body.get("content")[0]["text"]'),
        ("from llm_tools import client", "client.chat.completions.create(messages=m).choices[0].message.content"),
        ("", "self.client.messages.create(max_tokens=9, messages=m).content[0].text"),
    ],
)
def test_text_of_a_model_is_known_by_where_it_stands_in_the_answer(model, setup, expression):
    built = model(f"{setup}\ntext = {expression}")
    assert built.bindings("text")[0].value.has(Tag.LLM)


@pytest.mark.parametrize(
    ("setup", "expression"),
    [
        (OPENAI, "reply.usage.total_tokens"),
        (OPENAI, "reply.choices[0].message.role"),
        (OPENAI, '"yes" in reply.choices[0].message.content'),
        (OPENAI, "requests.get(reply.choices[0].message.content).text"),
        (CHAIN, "JsonOutputParser().parse(model.invoke(q).content)"),
        (BEDROCK, "body"),
        ("from twilio.rest import client", "client.messages.create(body=body, to=number).content"),
    ],
)
def test_what_the_service_says_about_the_answer_is_not(model, setup, expression):
    built = model(f"import requests\n{setup}\ntext = {expression}")
    assert not built.bindings("text")[0].value.has(Tag.LLM)


def test_a_helper_function_hands_the_text_on(model):
    ask = "def ask(text):\n    return client.chat.completions.create(messages=text).choices[0].message.content"
    built = model(OPENAI, ask, *(f"answer{number} = ask('?')" for number in range(6)))
    assert all(built.bindings(f"answer{number}")[0].value.has(Tag.LLM) for number in range(6))
    assert built.events_of(EventKind.LLM)


def test_a_function_that_is_handed_over_gives_text_also_when_it_ran_before(model):
    ask = "def ask(text):\n    return client.chat.completions.create(messages=text).choices[0].message.content"
    built = model(OPENAI, ask, "ask('?')", "answers = table['question'].apply(ask)")
    assert built.bindings("answers")[0].value.has(Tag.LLM)
