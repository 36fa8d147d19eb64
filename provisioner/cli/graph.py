"""The command that draws a blueprint's graph."""

from __future__ import annotations

import typer

from provisioner.cli.options import (
    Blueprint,
    Environment,
    GraphFormat,
    GraphFormats,
    Parameters,
    ParamsFile,
    parse_parameters,
)
from provisioner.cli.session import Session


def graph(
    context: typer.Context,
    blueprint: Blueprint,
    environment: Environment = None,
    parameters: Parameters = None,
    params: ParamsFile = None,
    output: GraphFormats = GraphFormat.TEXT,
) -> None:
    """Draw the resources that a blueprint wants and what they need, layer by layer. Calls no cloud.

    \b
    Examples:
      orch graph blueprints/bootstrap -e sandbox
      orch graph blueprints/bootstrap -e prod --format svg > prod.svg
      orch graph blueprints/bootstrap -e prod --format dot | dot -Tpdf > prod.pdf
      orch graph blueprints/bootstrap -e prod --format json | jq '.edges[] | select(.to == "vpc").from'
    """
    from provisioner.render.graph import data, dot, mermaid, svg, text, view

    session: Session = context.obj
    stack, found = session.project().graph(
        blueprint, environment=environment, parameters=parse_parameters(parameters), params_file=params
    )
    seen = view(stack, found.needs, found.order)
    if output is GraphFormat.TEXT:
        session.say(text.draw(seen, session.style(session.out)))
    else:
        forms = {GraphFormat.DOT: dot, GraphFormat.MERMAID: mermaid, GraphFormat.SVG: svg, GraphFormat.JSON: data}
        session.say(forms[output].draw(seen))
