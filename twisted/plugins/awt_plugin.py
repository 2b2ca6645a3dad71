"""Tells twistd of ``awt``; a literal, for an import error here would hide the command."""

from twisted.application.service import ServiceMaker

awt = ServiceMaker("awt", "awt.tap", "Website testing and monitoring driven from chat.", "awt")
