"""Personal text as pages show it: enough to recognise, too little to copy."""


def mask_name(name: str) -> str:
    """张三 becomes 张*, 欧阳小明 becomes 欧**明."""
    if len(name) <= 1:
        return "*" * len(name)
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_mobile(number: str) -> str:
    """+8613800001234 becomes 138****1234."""
    national = number.removeprefix("+86")
    return national[:3] + "****" + national[-4:] if len(national) >= 8 else "*" * len(national)


def mask_code(code: str) -> str:
    """Keeps the first six and the last two characters of a code of 10 or more; hides a shorter one."""
    return code[:6] + "*" * (len(code) - 8) + code[-2:] if len(code) >= 10 else "*" * len(code)
