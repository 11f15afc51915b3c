"""Personal text as pages show it: enough to recognise, too little to copy."""


def mask_name(name: str) -> str:
    """Returns 张* for 张三 and 欧**明 for 欧阳小明; hides a name of one character."""
    if len(name) <= 1:
        return "*" * len(name)
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_mobile(number: str) -> str:
    """Returns 138****1234 for +8613800001234; hides a number of less than 8 digits."""
    national = number.removeprefix("+86")
    return national[:3] + "****" + national[-4:] if len(national) >= 8 else "*" * len(national)


def mask_mobile_range(beginning: str) -> str:
    """Returns 1380000**** for +861380000, what the 10,000 numbers of a range begin with."""
    return beginning.removeprefix("+86") + "****"


def mask_code(code: str) -> str:
    """Returns a code of 10 or more characters with all but the first six and last two hidden; hides a shorter one."""
    return code[:6] + "*" * (len(code) - 8) + code[-2:] if len(code) >= 10 else "*" * len(code)
