"""The pages of users and technical users."""

from django.urls import path

from portal.operator.users import people, technical

urlpatterns = [
    path("", people.users, name="users"),
    path("add", people.add, name="add-user"),
    path("<int:user_id>", people.change, name="user"),
    path("<int:user_id>/remove", people.remove, name="remove-user"),
    path("technical/add", technical.add, name="add-technical-user"),
    path("technical/<int:key>", technical.technical_user, name="technical-user"),
    path("technical/<int:key>/change", technical.change, name="change-technical-user"),
    path("technical/<int:key>/new-secret", technical.new_secret, name="new-secret"),
    path("technical/<int:key>/secret", technical.secret_page, name="secret"),
    path("technical/<int:key>/remove", technical.remove, name="remove-technical-user"),
    path("technical/<int:key>/switch-off", technical.switch, {"on": False}, name="switch-off"),
    path("technical/<int:key>/switch-on", technical.switch, {"on": True}, name="switch-on"),
]
