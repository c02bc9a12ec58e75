"""The stages of one video: functions from records to records, each with its contract.

Every stage MUST report progress at each point where stopping is safe, mark its phase, and leave
no file outside the attempt's folder. It MAY read the video again, and raise the engine's errors.
"""
