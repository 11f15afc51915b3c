from tests.support.wifi_portal.fixtures import *
