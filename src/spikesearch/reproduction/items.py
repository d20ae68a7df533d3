"""All tables and figures of the two papers that can be measured again, by name."""

from collections.abc import Mapping

from spikesearch.reproduction.autosnn.items import ITEMS as AUTOSNN
from spikesearch.reproduction.item import Item
from spikesearch.reproduction.snasnet.items import ITEMS as SNASNET

ITEMS: Mapping[str, Item] = {item.path: item for item in (*AUTOSNN, *SNASNET)}
