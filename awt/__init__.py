"""awt: website testing and monitoring that people drive from chat."""

__version__ = "0.1.0"
