"""Compares what came over the wire with botocore's model: the parser drops what it doesn't know, and takes any type."""

import json
import re

JSON_TYPES = {
    'string': str,
    'boolean': bool,
    'integer': int,
    'float': (int, float),
    'double': (int, float),
    'timestamp': (int, float),
}


def read_raw(client, method, parameters):
    """The body of a reply as it was sent, and its shape in the model."""
    operation = client.meta.method_to_api_mapping[method]
    bodies = []
    event = f'before-parse.lightsail.{operation}'

    def keep(response_dict, **_):
        bodies.append(json.loads(response_dict['body']))

    client.meta.events.register(event, keep)
    try:
        getattr(client, method)(**parameters)
    finally:
        client.meta.events.unregister(event, keep)
    return bodies[-1], client.meta.service_model.operation_model(operation).output_shape


def problems(shape, value, path='reply'):
    """What the model doesn't allow in a value, one line each."""
    if shape.type_name == 'structure':
        for name, member in value.items():
            if name in shape.members:
                yield from problems(shape.members[name], member, f'{path}.{name}')
            else:
                yield f'{path}.{name} is not in the model'
    elif shape.type_name == 'list':
        for number, member in enumerate(value):
            yield from problems(shape.member, member, f'{path}[{number}]')
    else:
        yield from scalar_problems(shape, value, path)


def scalar_problems(shape, value, path):
    wanted = JSON_TYPES[shape.type_name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        yield f'{path} is {value!r}, which is no {shape.type_name}'
    elif shape.type_name == 'string':
        pattern = shape.metadata.get('pattern')
        if shape.enum and value not in shape.enum:
            yield f'{path} is {value!r}, which is none of {shape.enum}'
        if pattern and not re.fullmatch(pattern, value):
            yield f'{path} is {value!r}, which does not match {pattern}'


def missing(shape, value):
    """The members of a structure that were not sent."""
    return set(shape.members) - set(value)
