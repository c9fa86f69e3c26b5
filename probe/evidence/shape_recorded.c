/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/shape_rows.h"

const char *const WORDS_ORIGIN[] = {"live", "capture", "logs", "image", "residue", NULL};
const char *const WORDS_REGISTRATION_SOURCE[] = {"unknown", "capture",       "mp-log", "client-log",
                                                 "sql",     "identity-file", "report", NULL};

const char *const WORDS_LOG_EVENT[] = {"unknown",
                                       "registration-started",
                                       "registration-request",
                                       "registered",
                                       "pending",
                                       "rejected",
                                       "rdr-written",
                                       "registration-failed",
                                       "body-invalid",
                                       "certificate-expired",
                                       "certificate-untrusted",
                                       "certificate-missing",
                                       "state-failed",
                                       "post-failed",
                                       "http-status",
                                       "delivered",
                                       "entra",
                                       "error",
                                       NULL};

static const struct field PLACE_FIELDS[] = {
    STRING(evidence_place, source),       INTEGER(evidence_place, frame),
    INTEGER(evidence_place, reply_frame), TIME(evidence_place, reply_at),
    INTEGER(evidence_place, line),        END,
};

const struct shape SHAPE_PLACE = {"place", sizeof(struct evidence_place), PLACE_FIELDS};

static const struct field CERTIFICATE_FIELDS[] = {
    STRING(registration_certificate, thumbprint),
    STRING(registration_certificate, subject),
    TIME(registration_certificate, not_before),
    TIME(registration_certificate, not_after),
    WORD(registration_certificate, key_matches, WORDS_TRI),
    WORD(registration_certificate, negative_serial, WORDS_TRI),
    END,
};

const struct shape SHAPE_REGISTRATION_CERTIFICATE = {
    "registration_certificate", sizeof(struct registration_certificate), CERTIFICATE_FIELDS};

static const struct field PARAMETER_FIELDS[] = {
    REQUIRED_STRING(registration_parameter, name),
    STRING(registration_parameter, type),
    STRING(registration_parameter, value),
    END,
};

const struct shape SHAPE_REGISTRATION_PARAMETER = {
    "registration_parameter", sizeof(struct registration_parameter), PARAMETER_FIELDS};

static const struct field REGISTRATION_FIELDS[] = {
    REQUIRED_WORD(evidence_registration, source, WORDS_REGISTRATION_SOURCE),
    STRING(evidence_registration, type),
    STRING(evidence_registration, name),
    STRING(evidence_registration, fqdn),
    STRING(evidence_registration, address),
    STRING(evidence_registration, smsid),
    STRING(evidence_registration, previous_smsid),
    TIME(evidence_registration, smsid_changed_at),
    STRING(evidence_registration, hardware_id),
    STRING(evidence_registration, agent_version),
    STRING(evidence_registration, agent),
    STRING(evidence_registration, signing_thumbprint),
    STRING(evidence_registration, encryption_thumbprint),
    TIME(evidence_registration, certificate_not_before),
    TIME(evidence_registration, certificate_not_after),
    INTEGER(evidence_registration, key_type),
    INTEGER(evidence_registration, integrated),
    INTEGER(evidence_registration, approval_method),
    OBJECT(evidence_registration, signing, &SHAPE_REGISTRATION_CERTIFICATE),
    OBJECT(evidence_registration, encryption, &SHAPE_REGISTRATION_CERTIFICATE),
    OBJECTS(evidence_registration, parameters, parameter_count, &SHAPE_REGISTRATION_PARAMETER),
    INTEGER(evidence_registration, status),
    INTEGER(evidence_registration, approval),
    STRING(evidence_registration, problem),
    END,
};

const struct shape SHAPE_REGISTRATION = {"registration", sizeof(struct evidence_registration),
                                         REGISTRATION_FIELDS};

static const struct field LOG_EVENT_FIELDS[] = {
    REQUIRED_WORD(evidence_log_event, event, WORDS_LOG_EVENT),
    STRING(evidence_log_event, component),
    STRING(evidence_log_event, client),
    STRING(evidence_log_event, smsid),
    STRING(evidence_log_event, thumbprint),
    STRING(evidence_log_event, url),
    STRING(evidence_log_event, file),
    STRING(evidence_log_event, text),
    INTEGER(evidence_log_event, code),
    INTEGER(evidence_log_event, http_status),
    INTEGER(evidence_log_event, approval),
    INTEGER(evidence_log_event, count),
    TIME(evidence_log_event, last_at),
    INTEGER(evidence_log_event, last_line),
    END,
};

const struct shape SHAPE_LOG_EVENT = {"log_event", sizeof(struct evidence_log_event),
                                      LOG_EVENT_FIELDS};

static const struct field KNOWN_PROBLEM_FIELDS[] = {
    REQUIRED_STRING(evidence_known_problem, name),
    REQUIRED_STRING(evidence_known_problem, means),
    REQUIRED_STRING(evidence_known_problem, remedy),
    REQUIRED_STRING(evidence_known_problem, source),
    STRING(evidence_known_problem, component),
    STRING(evidence_known_problem, text),
    INTEGER(evidence_known_problem, count),
    TIME(evidence_known_problem, last_at),
    INTEGER(evidence_known_problem, last_line),
    END,
};

const struct shape SHAPE_KNOWN_PROBLEM = {"known_problem", sizeof(struct evidence_known_problem),
                                          KNOWN_PROBLEM_FIELDS};

static const struct field MACHINE_FIELDS[] = {
    REQUIRED_STRING(duplicate_machine, name), INTEGER(duplicate_machine, certificate),
    INTEGER(duplicate_machine, hardware),     TIME(duplicate_machine, first_at),
    TIME(duplicate_machine, last_at),         STRING(duplicate_machine, source),
    INTEGER(duplicate_machine, line),         END,
};

const struct shape SHAPE_DUPLICATE_MACHINE = {"duplicate_machine", sizeof(struct duplicate_machine),
                                              MACHINE_FIELDS};

static const struct field DUPLICATE_FIELDS[] = {
    REQUIRED_STRING(evidence_duplicate, smsid),
    OBJECTS(evidence_duplicate, machines, machine_count, &SHAPE_DUPLICATE_MACHINE),
    WORD(evidence_duplicate, more, WORDS_TRI),
    END,
};

const struct shape SHAPE_DUPLICATE = {"duplicate", sizeof(struct evidence_duplicate),
                                      DUPLICATE_FIELDS};

static const struct field WEB_REQUEST_FIELDS[] = {
    STRING(web_request, method),      STRING(web_request, path),
    STRING(web_request, user),        STRING(web_request, user_agent),
    STRING(web_request, reason),      INTEGER(web_request, status),
    INTEGER(web_request, substatus),  INTEGER(web_request, win32),
    INTEGER(web_request, count),      STRING(web_request, source),
    INTEGER(web_request, line),       TIME(web_request, at),
    STRING(web_request, last_source), INTEGER(web_request, last_line),
    TIME(web_request, last_at),       END,
};

const struct shape SHAPE_WEB_REQUEST = {"web_request", sizeof(struct web_request),
                                        WEB_REQUEST_FIELDS};

static const struct field WEB_CLIENT_FIELDS[] = {
    STRING(evidence_web_client, address),
    STRING(evidence_web_client, server),
    INTEGER(evidence_web_client, port),
    STRING(evidence_web_client, site),
    WORD(evidence_web_client, guessed, WORDS_TRI),
    STRINGS(evidence_web_client, missing, missing_count),
    OBJECTS(evidence_web_client, requests, request_count, &SHAPE_WEB_REQUEST),
    INTEGER(evidence_web_client, dropped),
    END,
};

const struct shape SHAPE_WEB_CLIENT = {"web_client", sizeof(struct evidence_web_client),
                                       WEB_CLIENT_FIELDS};

static const struct field PRECEDENT_FIELDS[] = {
    STRING(evidence_precedent, client_address),
    STRING(evidence_precedent, spn),
    INTEGER(evidence_precedent, status),
    OBJECT(evidence_precedent, ticket, &SHAPE_KRB_TICKET),
    END,
};

const struct shape SHAPE_PRECEDENT = {"precedent", sizeof(struct evidence_precedent),
                                      PRECEDENT_FIELDS};

static const struct field RECORDING_LIMIT_FIELDS[] = {
    REQUIRED_STRING(recording_limit, name),
    INTEGER(recording_limit, limit),
    INTEGER(recording_limit, dropped),
    END,
};

const struct shape SHAPE_RECORDING_LIMIT = {"recording_limit", sizeof(struct recording_limit),
                                            RECORDING_LIMIT_FIELDS};

static const struct field RECORDING_FIELDS[] = {
    REQUIRED_STRING(evidence_recording, name),
    STRING(evidence_recording, format),
    STRING(evidence_recording, compression),
    INTEGER(evidence_recording, bytes),
    INTEGER(evidence_recording, frames),
    TIME(evidence_recording, first_at),
    TIME(evidence_recording, last_at),
    INTEGER(evidence_recording, cut_frames),
    INTEGER(evidence_recording, malformed_frames),
    INTEGER(evidence_recording, unreadable_frames),
    INTEGER(evidence_recording, dns_messages),
    INTEGER(evidence_recording, kerberos_messages),
    INTEGER(evidence_recording, ldap_messages),
    INTEGER(evidence_recording, http_requests),
    INTEGER(evidence_recording, ccm_posts),
    INTEGER(evidence_recording, tls_connections),
    INTEGER(evidence_recording, http2_connections),
    INTEGER(evidence_recording, one_sided_connections),
    INTEGER(evidence_recording, lost_segments),
    OBJECTS(evidence_recording, limits, limit_count, &SHAPE_RECORDING_LIMIT),
    STRING(evidence_recording, problem),
    END,
};

const struct shape SHAPE_RECORDING = {"recording", sizeof(struct evidence_recording),
                                      RECORDING_FIELDS};
